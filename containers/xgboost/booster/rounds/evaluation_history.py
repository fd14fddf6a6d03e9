"""The evaluation history of a training: the scores of every round, and the best round.

With the booster it is all that a resumed training needs to continue unchanged.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field

from booster.params.training_config import WATCHED_SET

Scores = dict[str, dict[str, float]]


@dataclass
class EvaluationHistory:
    """Scores per data set and metric, one a round; `best_round` counts from 0.

    The fields are the keys of `course.json` in checkpoints.
    """

    history: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    rounds: int = 0
    best_round: int | None = None
    best_score: float | None = None

    @property
    def rounds_since_best(self) -> int:
        """Number of rounds since the best one."""
        return self.rounds - 1 - (self.best_round or 0)

    def add_round(self, scores: Scores) -> None:
        """Add the scores of one round."""
        for data_set, metrics in scores.items():
            for metric, value in metrics.items():
                self.history.setdefault(data_set, {}).setdefault(metric, []).append(value)
        self.rounds += 1

    def select_scores(self, number: int) -> Scores:
        """Return the scores of one round."""
        return {
            data_set: {metric: values[number] for metric, values in metrics.items()}
            for data_set, metrics in self.history.items()
        }

    def update_best(self, metric: str, *, maximise: bool) -> bool:
        """Note the newest round as the best where it is; return whether it is."""
        data_set = WATCHED_SET if WATCHED_SET in self.history else "train"
        score = self.history[data_set][metric][-1]
        best = self.best_score
        better = best is None or (score > best if maximise else score < best)
        if better and not math.isnan(score):
            self.best_round, self.best_score = self.rounds - 1, score
            return True
        return False

    def to_json(self) -> bytes:
        """Return the history as JSON."""
        return json.dumps(asdict(self)).encode()


def from_json(content: bytes) -> EvaluationHistory:
    """Parse an evaluation history. Raises ValueError or TypeError when the content is none."""
    return EvaluationHistory(**json.loads(content))

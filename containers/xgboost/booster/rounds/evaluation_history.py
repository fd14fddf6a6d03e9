"""The evaluation history of a training: the scores of every round, and the best round.

With the booster it is all that a resumed training needs to continue unchanged.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field

import numpy as np

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

    def read_watched(self, metric: str) -> list[float]:
        """Return a metric's scores of the watched data set, one a round."""
        return self.history[WATCHED_SET if WATCHED_SET in self.history else "train"][metric]

    def update_best(self, metric: str, *, maximise: bool) -> None:
        """Note the newest round as the best where it is."""
        score, best = self.read_watched(metric)[-1], self.best_score
        better = best is None or (score > best if maximise else score < best)
        if better and not math.isnan(score):
            self.best_round, self.best_score = self.rounds - 1, score

    def find_best(self, metric: str, since: int, *, maximise: bool) -> int:
        """Return the first of the best rounds by a metric, from the round `since` on."""
        scores = np.asarray(self.read_watched(metric)[since:]) * (1 if maximise else -1)
        return since + int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))

    def to_json(self) -> bytes:
        """Return the history as JSON."""
        return json.dumps(asdict(self)).encode()


def from_json(content: bytes) -> EvaluationHistory:
    """Parse an evaluation history. Raises ValueError or TypeError when the content is none."""
    return EvaluationHistory(**json.loads(content))

"""The rounds of boosting, one after the other.

A round depends on the seed, its number, the data and the model so far, and on nothing else, so that
a training that was killed goes on to the very same trees. Three things in XGBoost would break this:

* its random numbers go on from round to round: `seed_per_iteration` (see `recipe`) ends that;
* its sampler of columns keeps numbers of its own for as long as the updaters live: another sequence
  of updaters ends them, and `sync`, which never gets to a tree, stands in between two rounds;
* the approx method cuts the features once, by the gradients of the first round: a resumed training
  repeats that round on a booster it throws away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xgboost as xgb

from booster.distributed.host_group import ALONE, Group
from booster.params.metric_functions import Judged
from booster.params.metrics import Chosen, native
from booster.params.objectives import CLASSIFICATION
from booster.params.training_config import Recipe
from booster.rounds.evaluation_history import WATCHED_SET, Course, Scores
from booster.rounds.nan_metrics import Soundness
from booster.rounds.xgboost_messages import listening

Matrices = Mapping[str, xgb.DMatrix]
AfterRound = Callable[["Boosting"], bool]
_UPDATERS = {
    "auto": "grow_quantile_histmaker",
    "hist": "grow_quantile_histmaker",
    "approx": "grow_histmaker",
}


@dataclass(frozen=True)
class Start:
    """Where a training begins: the model to go on from, and its course so far."""

    model: bytes | None = None
    course: Course | None = None
    best: bytes | None = None


@dataclass(frozen=True)
class Share:
    """This host's share of a training: `rows` are the rows of every host, by data set."""

    group: Group = ALONE
    rows: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def of_all(self, name: str, judged: Judged) -> Judged:
        """Put the rows of all hosts together, as a mean of means is no mean."""
        if self.group.alone:
            return judged
        parts = (judged.label, judged.predicted, judged.weight)
        return Judged(*(self.group.gather(part, self.rows[name]) for part in parts))


class Boosting:
    """A booster being trained. `run` goes on from where it stands."""

    def __init__(
        self,
        recipe: Recipe,
        matrices: Matrices,
        start: Start = Start(),
        share: Share = Share(),
    ) -> None:
        self.recipe = recipe
        self._share = share
        self.course = start.course or Course()
        self._matrices = matrices
        self._best = start.best
        self._soundness = Soundness(recipe, matrices)
        with listening():
            if start.model and recipe.parameters.get("tree_method") == "approx":
                self._update(xgb.Booster(recipe.parameters, [matrices["train"]]), 0)
            model = bytearray(start.model) if start.model else None
            self.booster = xgb.Booster(recipe.parameters, list(matrices.values()), model)
            self._before = 0 if start.course else self.booster.num_boosted_rounds()

    @property
    def finished(self) -> bool:
        """Whether all rounds are done, or the score has not improved for too many."""
        patience = self.recipe.patience
        stopped = patience is not None and self.course.rounds and self.course.stale >= patience
        return bool(stopped) or self.course.rounds >= self.recipe.rounds

    def run(self, after_round: AfterRound) -> None:
        """Boost until finished, or until `after_round` says to end."""
        while not self.finished:
            with listening():
                self._update(self.booster, self.course.rounds)
                scores = self._scores(self.course.rounds)
                self._soundness.check(scores, self.course.rounds, self.booster)
                self.course.note(scores)
            watched = self.recipe.watched
            if self.course.watch(watched.name, maximise=watched.metric.maximise):
                self._keep_best()
            if after_round(self):
                return

    @property
    def best_model(self) -> bytes | None:
        """The model of the best round, where it is not the beginning of the last one."""
        return self._best

    @property
    def kept_round(self) -> int:
        """The round whose model is kept: the best when the job stops early, else the last."""
        best = self.course.best_round
        return self.course.rounds - 1 if self.recipe.patience is None or best is None else best

    def result(self) -> xgb.Booster:
        """Return the model to serve: of the best round after early stopping, else of the last."""
        best = self.course.best_round
        if self.recipe.patience is None or best is None:
            return self.booster
        if self._best is None:
            model = self.booster[: self._before + best + 1]
        else:
            model = xgb.Booster()
            model.load_model(bytearray(self._best))
        noted = str(self._before + best)
        model.set_attr(best_iteration=noted, best_score=str(self.course.best_score))
        return model

    def _update(self, booster: xgb.Booster, number: int) -> None:
        if self.recipe.sampled and "updater" not in self.recipe.parameters:
            method = _UPDATERS.get(str(self.recipe.parameters.get("tree_method", "auto")))
            if method:
                booster.set_param({"updater": "sync"})
                booster.num_boosted_rounds()  # the library looks at its parameters only when asked
                booster.set_param({"updater": method})
        booster.update(self._matrices["train"], number)

    def _keep_best(self) -> None:
        # Later rounds of dart weigh the earlier trees anew, and a linear model has no rounds.
        if self.recipe.patience is not None and self.recipe.parameters["booster"] != "gbtree":
            self._best = bytes(self.booster.save_raw("ubj"))

    def _scores(self, number: int) -> Scores:
        named = [(matrix, name) for name, matrix in self._matrices.items()]
        own = [chosen for chosen in self.recipe.metrics if chosen.metric.score]
        # The library spells the names anew, as error for error@0.5: it is their order that counts.
        keys = list(native(self.recipe.metrics))
        values = [part.rpartition(":")[2] for part in self.booster.eval_set(named, number).split()]
        found: Scores = {}
        for place, name in enumerate(self._matrices):
            start = 1 + place * len(keys)
            scored = dict(zip(keys, map(float, values[start : start + len(keys)]), strict=True))
            theirs = [chosen for chosen in self.recipe.metrics if not chosen.metric.score]
            found[name] = {chosen.name: scored[chosen.key] for chosen in theirs}
        for name, matrix in self._matrices.items():
            found[name] |= self._own_scores(own, name, matrix)
        order = [chosen.name for chosen in self.recipe.metrics]
        return {name: {m: scores[m] for m in order} for name, scores in found.items()}

    def _own_scores(self, own: list[Chosen], name: str, matrix: xgb.DMatrix) -> dict[str, float]:
        if not own:
            return {}
        judged = self._share.of_all(name, judge(self.recipe, self.booster.predict(matrix), matrix))
        return {c.name: c.metric.score(judged) for c in own if c.metric.score}


def judge(recipe: Recipe, predictions: np.ndarray, matrix: xgb.DMatrix) -> Judged:
    """Put predictions beside the truth of a matrix."""
    classify = recipe.objective.task in CLASSIFICATION
    weight = matrix.get_weight()
    return Judged(
        label=matrix.get_label().astype(np.float64),
        predicted=recipe.objective.classes(predictions)
        if classify
        else predictions.reshape(len(predictions)).astype(np.float64),
        weight=weight.astype(np.float64) if len(weight) else np.ones(len(predictions)),
    )


__all__ = ["WATCHED_SET", "Boosting", "Share", "Start", "judge"]

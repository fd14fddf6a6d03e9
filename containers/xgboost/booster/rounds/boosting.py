"""The rounds of boosting, one after the other.

A round depends on the seed, its number, the data and the model so far, and on nothing else, so that
a killed training resumes to the very same trees. Three things in XGBoost would break this:

* its random numbers continue from round to round: `seed_per_iteration` (`params.training_config`)
  seeds each round;
* its sampler of columns keeps random numbers of its own as long as the updaters live: another
  sequence of updaters replaces them, so `sync`, which never updates a tree, is set between rounds;
* the approx method computes the cuts once, from the gradients of the first round: a resumed
  training repeats that round on a booster that it discards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xgboost as xgb

from booster.distributed.host_group import SINGLE_HOST, HostGroup
from booster.params.metric_functions import LabelledPredictions
from booster.params.metrics import JobMetric, select_native
from booster.params.objectives import CLASSIFICATION
from booster.params.training_config import TrainingConfig
from booster.rounds.evaluation_history import EvaluationHistory, Scores
from booster.rounds.nan_metrics import NanMetricCheck
from booster.rounds.xgboost_messages import translate_messages

AfterRound = Callable[["Boosting"], bool]
_UPDATERS = {
    "auto": "grow_quantile_histmaker",
    "hist": "grow_quantile_histmaker",
    "approx": "grow_histmaker",
}


@dataclass(frozen=True)
class TrainingState:
    """The state a training starts from: the model, its evaluation history, and the best model."""

    model: bytes | None = None
    history: EvaluationHistory | None = None
    best_model: bytes | None = None


@dataclass(frozen=True)
class HostShare:
    """This host's part of a training; `rows` are the numbers of rows of every host, by data set."""

    group: HostGroup = SINGLE_HOST
    rows: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def gather_predictions(self, name: str, rows: LabelledPredictions) -> LabelledPredictions:
        """Return the rows of all hosts, as a mean of the hosts' means would be wrong."""
        if self.group.alone:
            return rows
        parts = (rows.label, rows.predicted, rows.weight)
        return LabelledPredictions(*(self.group.gather(part, self.rows[name]) for part in parts))


class Boosting:
    """A training of a booster, which can start from any state."""

    def __init__(
        self,
        config: TrainingConfig,
        matrices: Mapping[str, xgb.DMatrix],
        start: TrainingState = TrainingState(),
        share: HostShare = HostShare(),
    ) -> None:
        self.config = config
        self._share = share
        self.history = start.history or EvaluationHistory()
        self._matrices = matrices
        self._best = start.best_model
        self._nan_check = NanMetricCheck(config, matrices)
        with translate_messages():
            if start.model and config.parameters.get("tree_method") == "approx":
                self._update(xgb.Booster(config.parameters, [matrices["train"]]), 0)
            model = bytearray(start.model) if start.model else None
            self.booster = xgb.Booster(config.parameters, list(matrices.values()), model)
            self._before = 0 if start.history else self.booster.num_boosted_rounds()

    @property
    def finished(self) -> bool:
        """Whether all rounds are done, or early stopping ends them."""
        patience = self.config.patience
        stopped = (
            patience is not None
            and self.history.rounds
            and self.history.rounds - 1 - self._best_round >= patience
        )
        return bool(stopped) or self.history.rounds >= self.config.rounds

    def run(self, after_round: AfterRound) -> None:
        """Boost until finished, or until `after_round` returns True."""
        while not self.finished:
            with translate_messages():
                self._update(self.booster, self.history.rounds)
                scores = self._evaluate(self.history.rounds)
                self._nan_check.check(scores, self.history.rounds, self.booster)
                self.history.add_round(scores)
            watched = self.config.watched
            self.history.update_best(watched.name, maximise=watched.metric.maximise)
            if self.history.best_round is not None and self.kept_round == self.history.rounds - 1:
                self._keep_best()
            if after_round(self):
                return

    @property
    def best_model(self) -> bytes | None:
        """The model of the best round, where it is no slice of the last one."""
        return self._best

    @property
    def kept_round(self) -> int:
        """The round whose model is kept: the best one with early stopping, else the last."""
        best = self.history.best_round
        if self.config.patience is None or best is None:
            return self.history.rounds - 1
        return self._best_round

    @property
    def _best_round(self) -> int:
        """The best round of early stopping; the first where every score is NaN."""
        best, kept = self.history.best_round or 0, self.config.kept
        if kept is None or self.history.best_round is None:
            return best
        return self.history.find_best(kept.name, best, maximise=kept.metric.maximise)

    def build_result(self) -> xgb.Booster:
        """Return the model to serve: of the best round with early stopping, else of the last."""
        if self.config.patience is None or self.history.best_round is None:
            return self.booster
        best = self.kept_round
        if self._best is None:
            model = self.booster[: self._before + best + 1]
        else:
            model = xgb.Booster()
            model.load_model(bytearray(self._best))
        score = self.history.read_watched((self.config.kept or self.config.watched).name)[best]
        model.set_attr(best_iteration=str(self._before + best), best_score=str(score))
        return model

    def _update(self, booster: xgb.Booster, number: int) -> None:
        if self.config.sampled and "updater" not in self.config.parameters:
            method = _UPDATERS.get(str(self.config.parameters.get("tree_method", "auto")))
            if method:
                booster.set_param({"updater": "sync"})
                booster.num_boosted_rounds()  # XGBoost applies parameters on the next call
                booster.set_param({"updater": method})
        booster.update(self._matrices["train"], number)

    def _keep_best(self) -> None:
        # Later rounds of dart change the weights of earlier trees; a linear model has no rounds.
        if self.config.patience is not None and self.config.parameters["booster"] != "gbtree":
            self._best = bytes(self.booster.save_raw("ubj"))

    def _evaluate(self, number: int) -> Scores:
        named = [(matrix, name) for name, matrix in self._matrices.items()]
        own = [chosen for chosen in self.config.metrics if chosen.metric.score]
        # XGBoost respells names, as error for error@0.5: match them by order.
        keys = list(select_native(self.config.metrics))
        values = [part.rpartition(":")[2] for part in self.booster.eval_set(named, number).split()]
        by_set: Scores = {}
        for place, name in enumerate(self._matrices):
            start = 1 + place * len(keys)
            scored = dict(zip(keys, map(float, values[start : start + len(keys)]), strict=True))
            theirs = [chosen for chosen in self.config.metrics if not chosen.metric.score]
            by_set[name] = {chosen.name: scored[chosen.key] for chosen in theirs}
        for name, matrix in self._matrices.items():
            by_set[name] |= self._evaluate_own(own, name, matrix)
        order = [chosen.name for chosen in self.config.metrics]
        return {name: {m: scores[m] for m in order} for name, scores in by_set.items()}

    def _evaluate_own(
        self, own: list[JobMetric], name: str, matrix: xgb.DMatrix
    ) -> dict[str, float]:
        if not own:
            return {}
        rows = self._share.gather_predictions(
            name, label_predictions(self.config, self.booster.predict(matrix), matrix)
        )
        return {c.name: c.metric.score(rows) for c in own if c.metric.score}


def label_predictions(
    config: TrainingConfig, predictions: np.ndarray, matrix: xgb.DMatrix
) -> LabelledPredictions:
    """Return predictions with the labels and weights of a matrix."""
    classify = config.objective.task in CLASSIFICATION
    weight = matrix.get_weight()
    return LabelledPredictions(
        label=matrix.get_label().astype(np.float64),
        predicted=config.objective.to_classes(predictions)
        if classify
        else predictions.reshape(len(predictions)).astype(np.float64),
        weight=weight.astype(np.float64) if len(weight) else np.ones(len(predictions)),
    )

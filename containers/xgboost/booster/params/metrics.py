"""The registry of metrics: XGBoost's and ours.

To add a metric, add a line to `METRICS`; the check of `eval_metric`, the direction of early
stopping and `docs/reference/metrics.md` follow.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from booster.params import metric_functions
from booster.params.metric_functions import LabelledPredictions
from booster.params.objectives import CLASSIFICATION, SINGLE, LearningTask, Objective
from tandem.errors import UserError, did_you_mean, join_words

_THRESHOLD = 0.5  # XGBoost's own, of error
_BINARY = (LearningTask.BINARY,)
_AUC = (*SINGLE, LearningTask.CLASS, LearningTask.RANK)
_RANKED = (LearningTask.BINARY, LearningTask.RANK)


@dataclass(frozen=True)
class Metric:
    """A metric by its name; XGBoost computes it unless there is a `score`.

    `at` names what may follow an `@` in the name; empty where nothing may. `by_query` is true for a
    metric that is a mean over queries, where rows have queries.
    """

    name: str
    sentence: str
    tasks: tuple[LearningTask, ...]
    maximise: bool = False
    at: str = ""
    score: Callable[[LabelledPredictions], float] | None = None
    by_query: bool = False


METRICS = (
    Metric("rmse", "Root of the mean squared error.", SINGLE),
    Metric("mse", "Mean squared error.", SINGLE, score=metric_functions.compute_mse),
    Metric("rmsle", "Root of the mean squared error of logarithms.", SINGLE),
    Metric("mae", "Mean absolute error.", SINGLE),
    Metric("mape", "Mean absolute error as a share of the label.", SINGLE),
    Metric("mphe", "Mean pseudo-Huber error.", (*SINGLE, LearningTask.QUANTILE)),
    Metric("r2", "Share of the variance explained.", SINGLE, maximise=True,
           score=metric_functions.compute_r2),
    Metric("quantile", "Mean quantile (pinball) loss.", (LearningTask.QUANTILE,)),
    Metric("error", "Share of wrong classes; @ sets the threshold.", SINGLE, at="threshold"),
    Metric("logloss", "Negative log-likelihood of two classes.", SINGLE),
    Metric("merror", "Share of wrong classes, of several.", (LearningTask.CLASS,)),
    Metric("mlogloss", "Negative log-likelihood of several classes.", (LearningTask.CLASS,)),
    Metric("auc", "Area under the ROC curve.", _AUC, maximise=True, by_query=True),
    Metric("aucpr", "Area under the precision-recall curve.", _AUC, maximise=True,
           by_query=True),
    Metric("accuracy", "Share of right classes.", CLASSIFICATION, True,
           score=metric_functions.compute_accuracy),
    Metric("balanced_accuracy", "Mean recall of the classes that are there.", CLASSIFICATION, True,
           score=metric_functions.compute_balanced_accuracy),
    Metric("f1", "Mean F1 of the classes.", CLASSIFICATION, True,
           score=metric_functions.compute_f1_macro),
    Metric("f1_macro", "Mean F1 of the classes.", CLASSIFICATION, True,
           score=metric_functions.compute_f1_macro),
    Metric("f1_binary", "F1 of class 1.", _BINARY, True, score=metric_functions.compute_f1_binary),
    Metric("precision", "Precision of class 1.", _BINARY, True,
           score=metric_functions.compute_precision),
    Metric("precision_macro", "Mean precision of the classes.", CLASSIFICATION, True,
           score=metric_functions.compute_precision_macro),
    Metric("precision_micro", "Precision over all rows, which is the accuracy.", CLASSIFICATION,
           True, score=metric_functions.compute_accuracy),
    Metric("recall", "Recall of class 1.", _BINARY, True, score=metric_functions.compute_recall),
    Metric("recall_macro", "Mean recall of the classes.", CLASSIFICATION, True,
           score=metric_functions.compute_recall_macro),
    Metric("recall_micro", "Recall over all rows, which is the accuracy.", CLASSIFICATION, True,
           score=metric_functions.compute_accuracy),
    Metric("map", "Mean average precision; @ sets how many rows count.", _RANKED, True, at="rows",
           by_query=True),
    Metric("ndcg", "Normalised discounted cumulative gain; @ sets how many rows count.", _RANKED,
           True, at="rows", by_query=True),
    Metric("pre", "Precision of the first rows; @ sets how many.", _RANKED, True, at="rows",
           by_query=True),
    Metric("poisson-nloglik", "Negative log-likelihood of a Poisson distribution.", SINGLE),
    Metric("gamma-nloglik", "Negative log-likelihood of a gamma distribution.", SINGLE),
    Metric("gamma-deviance", "Deviance of a gamma distribution.", SINGLE),
    Metric("tweedie-nloglik", "Negative log-likelihood of a Tweedie distribution; @ sets the"
           " variance power, by default that of the objective.", SINGLE, at="power"),
    Metric("cox-nloglik", "Negative partial log-likelihood of proportional hazards.", SINGLE),
    Metric("aft-nloglik", "Negative log-likelihood of an AFT model.", (LearningTask.TIME,)),
    Metric("interval-regression-accuracy", "Share of labels inside their interval.",
           (LearningTask.TIME,), maximise=True),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}


@dataclass(frozen=True)
class JobMetric:
    """A metric of a job, under the name that its log lines show."""

    name: str
    metric: Metric

    @property
    def key(self) -> str:
        """Equal for names of the same metric: error and error@0.50 have one key."""
        bare, _, at = self.name.partition("@")
        if self.metric.at == "rows":
            return f"{bare}@{at.lstrip('0')}"
        number = np.float32(at or _THRESHOLD) if self.metric.at else 0
        return f"{bare}@{number:g}" if self.metric.at else bare

    def uses_weights(self, *, queries: bool) -> bool:
        """Return whether the metric uses query weights (queries=True), or row weights (False)."""
        return self.metric.by_query is queries


def resolve_metrics(
    names: Sequence[str], objective: Objective, power: float
) -> tuple[JobMetric, ...]:
    """Return a job's metrics, by default the objective's own; `power` is Tweedie's variance power.

    Raises UserError when a metric is unknown or does not fit the objective.
    """
    unique = dict.fromkeys(names or (objective.metric,))
    return tuple(_resolve_metric(name, objective, power) for name in unique)


def select_native(metrics: Sequence[JobMetric]) -> dict[str, str]:
    """Return the metrics that XGBoost computes, key to name: each once, as XGBoost requires."""
    by_key: dict[str, str] = {}
    for metric in metrics:
        if metric.metric.score is None:
            by_key.setdefault(metric.key, metric.name)
    return by_key


def make_definition(data_set: str, name: str) -> dict[str, str]:
    """Return a metric definition for a training or tuning job.

    SageMaker matches a tab in a log line as `#011`; local_test matches the tab itself.
    """
    number = r"(-?[0-9.]+(?:e[-+]?[0-9]+)?)"
    regex = rf"\[[0-9]+\].*(?:\t|#011){data_set}-{re.escape(name)}:{number}"
    return {"Name": f"{data_set}:{name}", "Regex": regex.replace(r"\-", "-")}


def _resolve_metric(name: str, objective: Objective, power: float) -> JobMetric:
    bare, _, at = name.partition("@")
    metric = BY_NAME.get(bare)
    if metric is None:
        hint = did_you_mean(bare, BY_NAME)
        raise UserError(f"metric '{name}' is unknown" + (f"; {hint}" if hint else ""))
    if "@" in name and not (metric.at and _AT_RULES[metric.at].is_valid(at)):
        what = (
            f"takes {_AT_RULES[metric.at].words} as {bare}@{metric.at}"
            if metric.at
            else "takes no '@'"
        )
        raise UserError(f"metric '{bare}' {what}, and is given as '{name}'")
    if objective.task not in metric.tasks:
        raise UserError(
            f"metric '{bare}' says nothing about objective {objective.name}",
            remedy=f"Choose from {join_words(list_fitting(objective), 'or')}",
        )
    return JobMetric(f"{name}@{power:g}" if name == "tweedie-nloglik" else name, metric)


def list_fitting(objective: Objective) -> list[str]:
    """Return the names of the metrics that fit an objective."""
    return [metric.name for metric in METRICS if objective.task in metric.tasks]


def _parse_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _is_count(text: str) -> bool:
    count = text.removesuffix("-")
    return count.isascii() and count.isdecimal() and 0 < int(count) < 1 << 31


@dataclass(frozen=True)
class _AtRule:
    """What may follow an `@`, in words and as a check."""

    words: str
    is_valid: Callable[[str], bool]


_AT_RULES = {
    "threshold": _AtRule("a number", lambda text: math.isfinite(_parse_number(text))),
    "rows": _AtRule("a whole number from 1, with or without '-' behind it,", _is_count),
    "power": _AtRule("a number from 1 to below 2", lambda text: 1 <= _parse_number(text) < 2),
}

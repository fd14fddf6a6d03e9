"""What a round is judged by: one registry of XGBoost's metrics and of ours.

To add a metric, add a line to `METRICS`; the check of `eval_metric`, the direction of early
stopping and `docs/reference/metrics.md` follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from booster import scores
from booster.objectives import CLASSIFICATION, SINGLE, Objective, Task
from booster.scores import Judged
from tandem.errors import UserError, did_you_mean
from tandem.kinds import listed

_BINARY = (Task.BINARY,)
_AUC = (Task.BINARY, Task.SHARE, Task.CLASS, Task.RANK)
_RANKED = (Task.BINARY, Task.RANK)


@dataclass(frozen=True)
class Metric:
    """A metric by its name; XGBoost computes it unless there is a `score`.

    `at` says what may stand behind an `@`, and is empty where nothing may.
    """

    name: str
    sentence: str
    tasks: tuple[Task, ...]
    maximise: bool = False
    at: str = ""
    score: Callable[[Judged], float] | None = None


METRICS = (
    Metric("rmse", "Root of the mean squared error.", SINGLE),
    Metric("mse", "Mean squared error.", SINGLE, score=scores.mse),
    Metric("rmsle", "Root of the mean squared error of logarithms.", SINGLE),
    Metric("mae", "Mean absolute error.", SINGLE),
    Metric("mape", "Mean absolute error as a share of the label.", SINGLE),
    Metric("mphe", "Mean pseudo-Huber error.", (*SINGLE, Task.QUANTILE)),
    Metric("r2", "Share of the variance explained.", SINGLE, maximise=True, score=scores.r2),
    Metric("quantile", "Mean quantile (pinball) loss.", (Task.QUANTILE,)),
    Metric("error", "Share of wrong classes; @ sets the threshold.", SINGLE, at="threshold"),
    Metric("logloss", "Negative log-likelihood of two classes.", SINGLE),
    Metric("merror", "Share of wrong classes, of several.", (Task.CLASS,)),
    Metric("mlogloss", "Negative log-likelihood of several classes.", (Task.CLASS,)),
    Metric("auc", "Area under the ROC curve.", _AUC, maximise=True),
    Metric("aucpr", "Area under the precision-recall curve.", _AUC, maximise=True),
    Metric("accuracy", "Share of right classes.", CLASSIFICATION, True, score=scores.accuracy),
    Metric("balanced_accuracy", "Mean recall of the classes that are there.", CLASSIFICATION, True,
           score=scores.balanced_accuracy),
    Metric("f1", "Mean F1 of the classes.", CLASSIFICATION, True, score=scores.f1_macro),
    Metric("f1_macro", "Mean F1 of the classes.", CLASSIFICATION, True, score=scores.f1_macro),
    Metric("f1_binary", "F1 of class 1.", _BINARY, True, score=scores.f1_binary),
    Metric("precision", "Precision of class 1.", _BINARY, True, score=scores.precision),
    Metric("precision_macro", "Mean precision of the classes.", CLASSIFICATION, True,
           score=scores.precision_macro),
    Metric("precision_micro", "Precision over all rows, which is the accuracy.", CLASSIFICATION,
           True, score=scores.accuracy),
    Metric("recall", "Recall of class 1.", _BINARY, True, score=scores.recall),
    Metric("recall_macro", "Mean recall of the classes.", CLASSIFICATION, True,
           score=scores.recall_macro),
    Metric("recall_micro", "Recall over all rows, which is the accuracy.", CLASSIFICATION, True,
           score=scores.accuracy),
    Metric("map", "Mean average precision; @ sets how many rows count.", _RANKED, True, at="rows"),
    Metric("ndcg", "Normalised discounted cumulative gain; @ sets how many rows count.", _RANKED,
           True, at="rows"),
    Metric("pre", "Precision of the first rows; @ sets how many.", _RANKED, True, at="rows"),
    Metric("poisson-nloglik", "Negative log-likelihood of a Poisson distribution.", SINGLE),
    Metric("gamma-nloglik", "Negative log-likelihood of a gamma distribution.", SINGLE),
    Metric("gamma-deviance", "Deviance of a gamma distribution.", SINGLE),
    Metric("tweedie-nloglik", "Negative log-likelihood of a Tweedie distribution; @ sets the"
           " variance power, by default that of the objective.", SINGLE, at="power"),
    Metric("cox-nloglik", "Negative partial log-likelihood of proportional hazards.", SINGLE),
    Metric("aft-nloglik", "Negative log-likelihood of an AFT model.", (Task.TIME,)),
    Metric("interval-regression-accuracy", "Share of labels inside their interval.", (Task.TIME,),
           maximise=True),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}


@dataclass(frozen=True)
class Chosen:
    """A metric of a job, under the name its lines show."""

    name: str
    metric: Metric

    def weighs(self, *, queries: bool) -> bool:
        """Tell whether it has a use for weights of queries, or else of rows."""
        return Task.NUMBER not in self.metric.tasks if queries else self.metric.at != "rows"


def chosen(names: Sequence[str], objective: Objective, power: float) -> tuple[Chosen, ...]:
    """Check a job's metrics against its objective; none given is the objective's own.

    Raises UserError for a metric that is unknown or says nothing about such labels.
    """
    wanted = dict.fromkeys(names or (objective.metric,))
    return tuple(_one(name, objective, power) for name in wanted)


def definition(data_set: str, name: str) -> dict[str, str]:
    """Give a metric definition, as a job or a tuning job wants it.

    The platform shows a tabulator in a log line to the regular expression as `#011`; elsewhere it
    is a tabulator.
    """
    number = r"(-?[0-9.]+(?:e[-+]?[0-9]+)?)"
    regex = rf"\[[0-9]+\].*(?:\t|#011){data_set}-{re.escape(name)}:{number}"
    return {"Name": f"{data_set}:{name}", "Regex": regex.replace(r"\-", "-")}


def _one(name: str, objective: Objective, power: float) -> Chosen:
    bare, _, at = name.partition("@")
    metric = BY_NAME.get(bare)
    if metric is None:
        hint = did_you_mean(bare, BY_NAME)
        raise UserError(f"metric '{name}' is unknown" + (f"; {hint}" if hint else ""))
    if "@" in name and not (metric.at and _is_number(at)):
        what = f"takes a number as {bare}@{metric.at}" if metric.at else "takes no '@'"
        raise UserError(f"metric '{bare}' {what}, and is given as '{name}'")
    if objective.task not in metric.tasks:
        raise UserError(
            f"metric '{bare}' says nothing about objective {objective.name}",
            remedy=f"Choose from {listed(fitting(objective), 'or')}",
        )
    return Chosen(f"{name}@{power:g}" if name == "tweedie-nloglik" else name, metric)


def fitting(objective: Objective) -> list[str]:
    """Give the metrics that can judge an objective."""
    return [metric.name for metric in METRICS if objective.task in metric.tasks]


def _is_number(text: str) -> bool:
    try:
        float(text.removesuffix("-"))
    except ValueError:
        return False
    return True

"""What a booster can learn to minimise: one registry.

To add an objective, add a line to `OBJECTIVES`; hyperparameters, metrics, folds and the report
follow its task.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray


class Task(Enum):
    """What kind of label an objective is for."""

    NUMBER = "a number"
    SHARE = "a number from 0 to 1"
    BINARY = "0 or 1"
    CLASS = "a class, counted from 0"
    COUNT = "a count"
    QUANTILE = "a number, of which quantiles are learnt"
    RANK = "relevance within a query"
    HAZARD = "a time; a negative one is right-censored"
    TIME = "a time; a negative one is right-censored, learnt by an AFT model"


CLASSIFICATION = (Task.BINARY, Task.CLASS)
SINGLE = (Task.NUMBER, Task.SHARE, Task.BINARY, Task.COUNT, Task.RANK, Task.HAZARD, Task.TIME)


@dataclass(frozen=True)
class Objective:
    """An objective by its name in XGBoost.

    `threshold` turns a binary prediction into a class: above it is 1. None where the prediction is
    the class itself, or has one column a class.
    """

    name: str
    task: Task
    metric: str
    threshold: float | None = None

    def classes(self, predictions: NDArray[np.floating]) -> NDArray[np.float64]:
        """Give the class of each prediction, as the server labels it."""
        if predictions.ndim == 2 and predictions.shape[1] > 1:
            return np.asarray(predictions.argmax(axis=1), dtype=np.float64)
        flat = np.asarray(predictions, dtype=np.float64).reshape(len(predictions))
        return flat if self.threshold is None else (flat > self.threshold).astype(np.float64)


OBJECTIVES = (
    Objective("reg:squarederror", Task.NUMBER, "rmse"),
    Objective("reg:squaredlogerror", Task.NUMBER, "rmsle"),
    Objective("reg:logistic", Task.SHARE, "rmse"),
    Objective("reg:pseudohubererror", Task.NUMBER, "mphe"),
    Objective("reg:absoluteerror", Task.NUMBER, "mae"),
    Objective("reg:quantileerror", Task.QUANTILE, "quantile"),
    Objective("reg:gamma", Task.NUMBER, "gamma-deviance"),
    Objective("reg:tweedie", Task.NUMBER, "tweedie-nloglik"),
    Objective("reg:linear", Task.NUMBER, "rmse"),
    Objective("binary:logistic", Task.BINARY, "logloss", threshold=0.5),
    Objective("binary:logitraw", Task.BINARY, "logloss", threshold=0.0),
    Objective("binary:hinge", Task.BINARY, "error"),
    Objective("count:poisson", Task.COUNT, "poisson-nloglik"),
    Objective("survival:cox", Task.HAZARD, "cox-nloglik"),
    Objective("survival:aft", Task.TIME, "aft-nloglik"),
    Objective("multi:softmax", Task.CLASS, "mlogloss"),
    Objective("multi:softprob", Task.CLASS, "mlogloss"),
    Objective("rank:pairwise", Task.RANK, "ndcg@32"),
    Objective("rank:ndcg", Task.RANK, "ndcg@32"),
    Objective("rank:map", Task.RANK, "map@32"),
)
BY_NAME = {objective.name: objective for objective in OBJECTIVES}
MULTICLASS = tuple(o.name for o in OBJECTIVES if o.task is Task.CLASS)

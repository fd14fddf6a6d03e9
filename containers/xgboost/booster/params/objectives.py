"""The registry of objectives.

To add an objective, add a line to `OBJECTIVES`; hyperparameters, metrics, folds and the report
follow its task.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray


class LearningTask(Enum):
    """The kind of label an objective is for."""

    NUMBER = "a number"
    SHARE = "a number from 0 to 1"
    BINARY = "0 or 1"
    CLASS = "a class, counted from 0"
    COUNT = "a count"
    QUANTILE = "a number, of which quantiles are learnt"
    RANK = "relevance within a query"
    HAZARD = "a time; a negative one is right-censored"
    TIME = "a time; a negative one is right-censored, learnt by an AFT model"


class Margin(Enum):
    """The meaning of the sum of a model's trees; objectives that share one can continue each other.

    `OWN` is the margin of an objective that shares it with no other.
    """

    NUMBER = "the label"
    LOGARITHM = "the label's logarithm"
    ODDS = "the logarithm of the odds of class 1"
    CLASSES = "a score a class"
    RELEVANCE = "a score within a query"
    OWN = "its own"


@dataclass(frozen=True)
class LabelDomain:
    """The labels an objective can learn, in `words`: from `least` to `most`, all finite.

    `above` excludes the least one, `whole` excludes fractions, and `counted` excludes what is no
    class.
    """

    words: str
    least: float = -np.inf
    most: float = np.inf
    above: bool = False
    whole: bool = False
    counted: bool = False

    def contains(self, label: NDArray[np.floating], classes: int | None) -> NDArray[np.bool_]:
        """Return which labels, shape (rows,), are valid."""
        most = (classes or 1) - 1 if self.counted else self.most
        inside = (label > self.least if self.above else label >= self.least) & (label <= most)
        return inside & (label == np.floor(label)) if self.whole else inside


ANY = LabelDomain("any number")
POSITIVE = LabelDomain("numbers above 0", least=0, above=True)
FROM_ZERO = LabelDomain("numbers from 0", least=0)
SHARES = LabelDomain("numbers from 0 to 1", least=0, most=1)
TWO = LabelDomain("0 and 1", least=0, most=1, whole=True)
CLASSES = LabelDomain("whole numbers from 0 to {most}", least=0, whole=True, counted=True)

CLASSIFICATION = (LearningTask.BINARY, LearningTask.CLASS)
SINGLE = (
    LearningTask.NUMBER,
    LearningTask.SHARE,
    LearningTask.BINARY,
    LearningTask.COUNT,
    LearningTask.RANK,
    LearningTask.HAZARD,
    LearningTask.TIME,
)


@dataclass(frozen=True)
class Objective:
    """An objective by its name in XGBoost.

    `threshold` turns a binary prediction into a class: above it is 1. It is None where the
    prediction is the class itself, or has one column a class. `margin` is the meaning of the sum of
    a model's trees, and `labels` are the valid labels.
    """

    name: str
    task: LearningTask
    metric: str
    margin: Margin
    threshold: float | None = None
    labels: LabelDomain = ANY

    def can_continue(self, other: str) -> bool:
        """Return whether rounds of this objective can continue a model of another, by its name."""
        before = BY_NAME.get(other)
        same = before is not None and self.margin is before.margin is not Margin.OWN
        return other == self.name or same

    def to_classes(self, predictions: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the class of each prediction, float64 of shape (rows,), as in serving."""
        if predictions.ndim == 2 and predictions.shape[1] > 1:
            return np.asarray(predictions.argmax(axis=1), dtype=np.float64)
        flat = np.asarray(predictions, dtype=np.float64).reshape(len(predictions))
        return flat if self.threshold is None else (flat > self.threshold).astype(np.float64)


OBJECTIVES = (
    Objective("reg:squarederror", LearningTask.NUMBER, "rmse", Margin.NUMBER),
    Objective(
        "reg:squaredlogerror",
        LearningTask.NUMBER,
        "rmsle",
        Margin.NUMBER,
        labels=LabelDomain("numbers above -1", least=-1, above=True),
    ),
    Objective("reg:logistic", LearningTask.SHARE, "rmse", Margin.ODDS, labels=SHARES),
    Objective("reg:pseudohubererror", LearningTask.NUMBER, "mphe", Margin.NUMBER),
    Objective("reg:absoluteerror", LearningTask.NUMBER, "mae", Margin.NUMBER),
    Objective("reg:quantileerror", LearningTask.QUANTILE, "quantile", Margin.OWN),
    Objective(
        "reg:gamma", LearningTask.NUMBER, "gamma-deviance", Margin.LOGARITHM, labels=POSITIVE
    ),
    Objective(
        "reg:tweedie", LearningTask.NUMBER, "tweedie-nloglik", Margin.LOGARITHM, labels=FROM_ZERO
    ),
    Objective("reg:linear", LearningTask.NUMBER, "rmse", Margin.NUMBER),
    Objective(
        "binary:logistic", LearningTask.BINARY, "logloss", Margin.ODDS, threshold=0.5, labels=SHARES
    ),
    Objective(
        "binary:logitraw", LearningTask.BINARY, "logloss", Margin.OWN, threshold=0.0, labels=SHARES
    ),
    Objective("binary:hinge", LearningTask.BINARY, "error", Margin.OWN, labels=TWO),
    Objective(
        "count:poisson", LearningTask.COUNT, "poisson-nloglik", Margin.LOGARITHM, labels=FROM_ZERO
    ),
    Objective("survival:cox", LearningTask.HAZARD, "cox-nloglik", Margin.OWN),
    Objective("survival:aft", LearningTask.TIME, "aft-nloglik", Margin.OWN),
    Objective("multi:softmax", LearningTask.CLASS, "mlogloss", Margin.CLASSES, labels=CLASSES),
    Objective("multi:softprob", LearningTask.CLASS, "mlogloss", Margin.CLASSES, labels=CLASSES),
    Objective("rank:pairwise", LearningTask.RANK, "ndcg@32", Margin.RELEVANCE),
    Objective("rank:ndcg", LearningTask.RANK, "ndcg@32", Margin.RELEVANCE),
    Objective("rank:map", LearningTask.RANK, "map@32", Margin.RELEVANCE, labels=TWO),
)
BY_NAME = {objective.name: objective for objective in OBJECTIVES}
MULTICLASS = tuple(o.name for o in OBJECTIVES if o.task is LearningTask.CLASS)
RANKING = tuple(o.name for o in OBJECTIVES if o.task is LearningTask.RANK)

"""The numbers behind the figures of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.data.dataset import Dataset
from booster.model.importance import compute_importance
from booster.params.metric_functions import (
    ConfusionMatrix,
    LabelledPredictions,
    build_confusion_matrix,
)
from booster.params.objectives import CLASSIFICATION, SINGLE, LearningTask, Objective
from booster.predict.dataset_predictions import predict_rows
from booster.rounds.boosting import Boosting
from tandem.data.arrays import Float64Array

CurvePoints = list[tuple[float, float]]
_MOST_CONTRIBUTIONS = 1 << 23
_ROWS_EXPLAINED, _FEATURES_SHOWN, _CLASSES_SHOWN, _POINTS = 150, 12, 20, 500
# TreeSHAP takes 26 ns of processor time for a split, a level of depth and a row: at most half a
# second, or of the largest models for a few rows a small part of what their training took.
_MOST_STEPS, _FEWEST_EXPLAINED = 20_000_000, 10
_DEFAULT_DEPTH, _UNLIMITED_DEPTH = 6, 16


@dataclass(frozen=True)
class FeatureContributions:
    """One feature's contributions to the margin, and ranks of its values, 0 to 1; shape (rows,)."""

    feature: int
    contributions: Float64Array
    values: Float64Array

    @property
    def size(self) -> float:
        """Mean absolute contribution."""
        return float(np.abs(self.contributions).mean())


@dataclass(frozen=True)
class Curve:
    """A curve and the area under it."""

    points: CurvePoints
    area: float


@dataclass(frozen=True)
class Figures:
    """The figures of a report; None or empty where the objective has no such figure."""

    judged_on: str
    importance: list[tuple[int, float]]
    explained: list[FeatureContributions]
    agreement: CurvePoints | None
    confusion: ConfusionMatrix | None
    roc: Curve | None
    precision_recall: Curve | None


def collect_figures(
    boosting: Boosting,
    model: xgb.Booster,
    sets: dict[str, Dataset],
    check: Callable[[], None] = lambda: None,
) -> Figures:
    """Evaluate a model on the validation set, or else on the training set.

    `check` is called between passes over the data, and may raise to end the work.
    """
    name = "validation" if "validation" in sets else "train"
    dataset, objective = sets[name], boosting.config.objective
    # Classes are counted; of numbers a few points are drawn.
    few = None if objective.task in CLASSIFICATION else _spread_indices(len(dataset.label), _POINTS)
    evaluated = dataset if few is None else dataset.select_rows(few)
    predictions, label = predict_rows(evaluated, model), evaluated.label.astype(np.float64)
    check()
    scores = None
    if objective.task is LearningTask.BINARY and objective.name != "binary:hinge":
        scores = predictions.astype(np.float64)
    importance = compute_importance(model, linear=boosting.config.linear)
    outputs = int(boosting.config.parameters.get("num_class", 1))
    used = [feature for feature, _ in importance]
    most = _limit_explained(boosting, model)
    check()
    explained = _explain_rows(model, dataset, outputs, used, most)
    check()
    return Figures(
        judged_on=name,
        importance=importance,
        explained=explained,
        agreement=_pair_predictions(label, predictions, objective),
        confusion=_count_confusion(label, predictions, objective),
        roc=None if scores is None else compute_roc(label, scores),
        precision_recall=None if scores is None else compute_precision_recall(label, scores),
    )


def _limit_explained(boosting: Boosting, model: xgb.Booster) -> int:
    if boosting.config.linear:
        return _ROWS_EXPLAINED
    counts = model.get_score(importance_type="weight").values()
    splits = int(np.sum([np.sum(count) for count in counts]))
    return count_explained_rows(
        splits, int(boosting.config.parameters.get("max_depth", _DEFAULT_DEPTH))
    )


def count_explained_rows(splits: int, depth: int) -> int:
    """Return on how many rows a model is explained, by its splits and its greatest depth.

    The more and the deeper the trees, the fewer rows, from 150 down to 10. A depth of 0 is none.
    """
    steps = max(1, splits) * (depth or _UNLIMITED_DEPTH)
    return min(_ROWS_EXPLAINED, max(_FEWEST_EXPLAINED, _MOST_STEPS // steps))


def _explain_rows(
    model: xgb.Booster, dataset: Dataset, outputs: int, used: Iterable[int], most: int
) -> list[FeatureContributions]:
    """Return the contributions of the features that are `used`, on at most `most` rows."""
    fit = max(1, _MOST_CONTRIBUTIONS // (outputs * (dataset.width + 1)))
    rows = _spread_indices(len(dataset.label), min(most, fit))
    some = dataset.select_rows(rows)
    try:
        table = predict_rows(some, model, pred_contribs=True)
    except xgb.core.XGBoostError:
        return []  # trees with whole vectors in their leaves have no SHAP values yet
    table = np.asarray(table, dtype=np.float64)
    if table.ndim == 3:  # several outputs: the largest, which is the predicted class
        table = table[np.arange(len(rows)), table.sum(axis=2).argmax(axis=1)]
    values, contributions = some.read_all(), np.asarray(table, dtype=np.float64)
    features = [
        FeatureContributions(index, contributions[:, index], _rank_values(values[:, index]))
        for index in sorted(used)
    ]
    shown = sorted(features, key=lambda feature: -feature.size)[:_FEATURES_SHOWN]
    return [feature for feature in shown if feature.size > 0]


def _rank_values(values: NDArray[np.float32]) -> Float64Array:
    """Return the ranks of values from 0, the lowest, to 1, the highest; 0.5 for missing ones."""
    present = np.unique(values[~np.isnan(values)])
    places = np.searchsorted(present, values) / max(1, len(present) - 1)
    return np.where(np.isnan(values), 0.5, places)


def _pair_predictions(
    label: Float64Array, predictions: np.ndarray, objective: Objective
) -> CurvePoints | None:
    comparable = (LearningTask.NUMBER, LearningTask.SHARE, LearningTask.COUNT, LearningTask.TIME)
    if objective.task not in set(SINGLE) & set(comparable):
        return None
    return list(zip(label.tolist(), predictions.astype(float).tolist(), strict=True))


def _count_confusion(
    label: Float64Array, predictions: np.ndarray, objective: Objective
) -> ConfusionMatrix | None:
    if objective.task not in CLASSIFICATION:
        return None
    confusion = build_confusion_matrix(
        LabelledPredictions(label, objective.to_classes(predictions), np.ones(len(label)))
    )
    return confusion if len(confusion.classes) <= _CLASSES_SHOWN else None


def compute_roc(label: Float64Array, scores: Float64Array) -> Curve | None:
    """Return the ROC curve; None where there is one class only. Arrays of shape (rows,)."""
    hits, misses = _cumulate(label, scores)
    if not hits[-1] or not misses[-1]:
        return None
    x, y = misses / misses[-1], hits / hits[-1]
    return Curve(_thin(x, y), float(np.trapezoid(y, x)))


def compute_precision_recall(label: Float64Array, scores: Float64Array) -> Curve | None:
    """Return the precision-recall curve and average precision; None without a positive label."""
    hits, misses = _cumulate(label, scores)
    if not hits[-1]:
        return None
    recall, precision = hits / hits[-1], hits[1:] / (hits + misses)[1:]
    area = float(np.sum(np.diff(recall) * precision))
    return Curve(_thin(recall[1:], precision), area)


def _cumulate(label: Float64Array, scores: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return counts of positives and negatives above each threshold, from none to all."""
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    hits = np.cumsum(label[order])[last_of_tie]
    return np.append(0.0, hits), np.append(0.0, last_of_tie + 1 - hits)


def _thin(x: Float64Array, y: Float64Array) -> CurvePoints:
    rows = _spread_indices(len(x), _POINTS)
    return list(zip(x[rows].tolist(), y[rows].tolist(), strict=True))


def _spread_indices(count: int, most: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))

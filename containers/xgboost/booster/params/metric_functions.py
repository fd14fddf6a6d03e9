"""Metrics that XGBoost lacks, in numpy: weighted, and equal to scikit-learn's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tandem.data.arrays import Float64Array


@dataclass(frozen=True)
class LabelledPredictions:
    """Predictions with their labels and sample weights, float64 of shape (rows,).

    `predicted` is the class in a classification, else the number.
    """

    label: Float64Array
    predicted: Float64Array
    weight: Float64Array


@dataclass(frozen=True)
class ConfusionMatrix:
    """Weight per true class (row) and predicted class (column), classes ascending."""

    classes: Float64Array
    matrix: Float64Array

    @property
    def hits(self) -> Float64Array:
        """Weight of the right predictions, per class."""
        return np.diag(self.matrix)

    @property
    def precision(self) -> Float64Array:
        """Share of right predictions among those of each class, 0 where there is none."""
        return _divide(self.hits, self.matrix.sum(axis=0))

    @property
    def recall(self) -> Float64Array:
        """Share of right ones among the rows of each class, 0 where there is no row."""
        return _divide(self.hits, self.matrix.sum(axis=1))

    @property
    def f1(self) -> Float64Array:
        """Harmonic mean of precision and recall, per class."""
        return _divide(2 * self.hits, self.matrix.sum(axis=0) + self.matrix.sum(axis=1))


def build_confusion_matrix(rows: LabelledPredictions) -> ConfusionMatrix:
    """Return the summed weights per pair of true and predicted class."""
    classes, codes = np.unique(np.concatenate([rows.label, rows.predicted]), return_inverse=True)
    size, count = len(classes), len(rows.label)
    cells = codes[:count] * size + codes[count:]
    counts = np.bincount(cells, weights=rows.weight, minlength=size * size)
    return ConfusionMatrix(classes, counts.astype(np.float64).reshape(size, size))


def compute_accuracy(rows: LabelledPredictions) -> float:
    """Return the share of right classes."""
    return float(np.average(rows.label == rows.predicted, weights=rows.weight))


def compute_balanced_accuracy(rows: LabelledPredictions) -> float:
    """Return the mean recall of the classes among the labels."""
    confusion = build_confusion_matrix(rows)
    return float(confusion.recall[confusion.matrix.sum(axis=1) > 0].mean())


def compute_precision_macro(rows: LabelledPredictions) -> float:
    """Return the mean precision of the classes."""
    return float(build_confusion_matrix(rows).precision.mean())


def compute_recall_macro(rows: LabelledPredictions) -> float:
    """Return the mean recall of the classes."""
    return float(build_confusion_matrix(rows).recall.mean())


def compute_f1_macro(rows: LabelledPredictions) -> float:
    """Return the mean F1 of the classes."""
    return float(build_confusion_matrix(rows).f1.mean())


def compute_precision(rows: LabelledPredictions) -> float:
    """Return the precision of class 1."""
    return _select_positive(rows, build_confusion_matrix(rows).precision)


def compute_recall(rows: LabelledPredictions) -> float:
    """Return the recall of class 1."""
    return _select_positive(rows, build_confusion_matrix(rows).recall)


def compute_f1_binary(rows: LabelledPredictions) -> float:
    """Return the F1 of class 1."""
    return _select_positive(rows, build_confusion_matrix(rows).f1)


def compute_mse(rows: LabelledPredictions) -> float:
    """Return the mean squared error."""
    return float(np.average((rows.label - rows.predicted) ** 2, weights=rows.weight))


def compute_r2(rows: LabelledPredictions) -> float:
    """Return the share of the variance that is explained; NaN where the label does not vary."""
    mean = np.average(rows.label, weights=rows.weight)
    variance = np.average((rows.label - mean) ** 2, weights=rows.weight)
    return 1 - compute_mse(rows) / float(variance) if variance else float("nan")


def _select_positive(rows: LabelledPredictions, per_class: Float64Array) -> float:
    classes = np.unique(np.concatenate([rows.label, rows.predicted]))
    value = per_class[classes == 1]
    return float(value[0]) if len(value) else 0.0


def _divide(part: Float64Array, whole: Float64Array) -> Float64Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)

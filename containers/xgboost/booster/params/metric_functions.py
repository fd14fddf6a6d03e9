"""The metrics that XGBoost does not have, in numpy: weighted, and equal to scikit-learn's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tandem.data.arrays import Float64Array


@dataclass(frozen=True)
class LabelledPredictions:
    """Rows with their truth: all arrays have shape (rows,).

    `predicted` is the class for a classification, and the number for anything else.
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
        """Share of a predicted class that is right, 0 where nothing was predicted so."""
        return _divide(self.hits, self.matrix.sum(axis=0))

    @property
    def recall(self) -> Float64Array:
        """Share of a true class that is found, 0 where there is none."""
        return _divide(self.hits, self.matrix.sum(axis=1))

    @property
    def f1(self) -> Float64Array:
        """Harmonic mean of precision and recall, per class."""
        return _divide(2 * self.hits, self.matrix.sum(axis=0) + self.matrix.sum(axis=1))


def build_confusion_matrix(rows: LabelledPredictions) -> ConfusionMatrix:
    """Count, by weight, what was taken for what."""
    classes, codes = np.unique(np.concatenate([rows.label, rows.predicted]), return_inverse=True)
    size, count = len(classes), len(rows.label)
    cells = codes[:count] * size + codes[count:]
    counts = np.bincount(cells, weights=rows.weight, minlength=size * size)
    return ConfusionMatrix(classes, counts.astype(np.float64).reshape(size, size))


def accuracy(rows: LabelledPredictions) -> float:
    """Share of right classes."""
    return float(np.average(rows.label == rows.predicted, weights=rows.weight))


def balanced_accuracy(rows: LabelledPredictions) -> float:
    """Mean recall of the classes that are there."""
    confusion = build_confusion_matrix(rows)
    return float(confusion.recall[confusion.matrix.sum(axis=1) > 0].mean())


def precision_macro(rows: LabelledPredictions) -> float:
    """Mean precision of the classes."""
    return float(build_confusion_matrix(rows).precision.mean())


def recall_macro(rows: LabelledPredictions) -> float:
    """Mean recall of the classes."""
    return float(build_confusion_matrix(rows).recall.mean())


def f1_macro(rows: LabelledPredictions) -> float:
    """Mean F1 of the classes."""
    return float(build_confusion_matrix(rows).f1.mean())


def precision(rows: LabelledPredictions) -> float:
    """Precision of class 1."""
    return _select_positive(rows, build_confusion_matrix(rows).precision)


def recall(rows: LabelledPredictions) -> float:
    """Recall of class 1."""
    return _select_positive(rows, build_confusion_matrix(rows).recall)


def f1_binary(rows: LabelledPredictions) -> float:
    """F1 of class 1."""
    return _select_positive(rows, build_confusion_matrix(rows).f1)


def mse(rows: LabelledPredictions) -> float:
    """Mean squared error."""
    return float(np.average((rows.label - rows.predicted) ** 2, weights=rows.weight))


def r2(rows: LabelledPredictions) -> float:
    """Share of the variance that is explained; not a number where the label does not vary."""
    mean = np.average(rows.label, weights=rows.weight)
    variance = np.average((rows.label - mean) ** 2, weights=rows.weight)
    return 1 - mse(rows) / float(variance) if variance else float("nan")


def _select_positive(rows: LabelledPredictions, per_class: Float64Array) -> float:
    classes = np.unique(np.concatenate([rows.label, rows.predicted]))
    value = per_class[classes == 1]
    return float(value[0]) if len(value) else 0.0


def _divide(part: Float64Array, whole: Float64Array) -> Float64Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)

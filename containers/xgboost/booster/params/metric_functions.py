"""The metrics that XGBoost does not have, in numpy: weighted, and equal to scikit-learn's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tandem.data.arrays import Float64Array


@dataclass(frozen=True)
class Judged:
    """Rows with their truth: all arrays have shape (rows,).

    `predicted` is the class for a classification, and the number for anything else.
    """

    label: Float64Array
    predicted: Float64Array
    weight: Float64Array


@dataclass(frozen=True)
class Confusion:
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
        return _share(self.hits, self.matrix.sum(axis=0))

    @property
    def recall(self) -> Float64Array:
        """Share of a true class that is found, 0 where there is none."""
        return _share(self.hits, self.matrix.sum(axis=1))

    @property
    def f1(self) -> Float64Array:
        """Harmonic mean of precision and recall, per class."""
        return _share(2 * self.hits, self.matrix.sum(axis=0) + self.matrix.sum(axis=1))


def confusion(judged: Judged) -> Confusion:
    """Count, by weight, what was taken for what."""
    classes, codes = np.unique(
        np.concatenate([judged.label, judged.predicted]), return_inverse=True
    )
    size, rows = len(classes), len(judged.label)
    cells = codes[:rows] * size + codes[rows:]
    counts = np.bincount(cells, weights=judged.weight, minlength=size * size)
    return Confusion(classes, counts.astype(np.float64).reshape(size, size))


def accuracy(judged: Judged) -> float:
    """Share of right classes."""
    return float(np.average(judged.label == judged.predicted, weights=judged.weight))


def balanced_accuracy(judged: Judged) -> float:
    """Mean recall of the classes that are there."""
    found = confusion(judged)
    return float(found.recall[found.matrix.sum(axis=1) > 0].mean())


def precision_macro(judged: Judged) -> float:
    """Mean precision of the classes."""
    return float(confusion(judged).precision.mean())


def recall_macro(judged: Judged) -> float:
    """Mean recall of the classes."""
    return float(confusion(judged).recall.mean())


def f1_macro(judged: Judged) -> float:
    """Mean F1 of the classes."""
    return float(confusion(judged).f1.mean())


def precision(judged: Judged) -> float:
    """Precision of class 1."""
    return _positive(judged, confusion(judged).precision)


def recall(judged: Judged) -> float:
    """Recall of class 1."""
    return _positive(judged, confusion(judged).recall)


def f1_binary(judged: Judged) -> float:
    """F1 of class 1."""
    return _positive(judged, confusion(judged).f1)


def mse(judged: Judged) -> float:
    """Mean squared error."""
    return float(np.average((judged.label - judged.predicted) ** 2, weights=judged.weight))


def r2(judged: Judged) -> float:
    """Share of the variance that is explained; not a number where the label does not vary."""
    mean = np.average(judged.label, weights=judged.weight)
    variance = np.average((judged.label - mean) ** 2, weights=judged.weight)
    return 1 - mse(judged) / float(variance) if variance else float("nan")


def _positive(judged: Judged, per_class: Float64Array) -> float:
    classes = np.unique(np.concatenate([judged.label, judged.predicted]))
    found = per_class[classes == 1]
    return float(found[0]) if len(found) else 0.0


def _share(part: Float64Array, whole: Float64Array) -> Float64Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)

"""Global SHAP values: one number a feature and output, from those of all rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tandem.data.arrays import FloatArray


def _mean_abs(values: FloatArray) -> FloatArray:
    return np.asarray(np.abs(values).mean(axis=0))


def _median(values: FloatArray) -> FloatArray:
    return np.asarray(np.median(values, axis=0))


def _mean_square(values: FloatArray) -> FloatArray:
    return np.asarray((values**2).mean(axis=0))


AGGREGATIONS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "mean_abs": _mean_abs,
    "median": _median,
    "mean_sq": _mean_square,
}


def aggregate(attributions: FloatArray, method: str) -> FloatArray:
    """Aggregate attributions of shape (rows, features, outputs) to (features, outputs)."""
    return AGGREGATIONS[method](attributions)

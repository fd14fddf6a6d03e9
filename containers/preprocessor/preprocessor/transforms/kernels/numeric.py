"""Arithmetic of the steps for numbers: limits, logarithms, products, missing indicators."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from preprocessor.transforms.kernels.arrays import Array

_NONE: Any = None


def clip(values: Array, low: ArrayLike, high: ArrayLike) -> Array:
    """Clip numbers, shape (rows, columns), to one limit per column; NaN stays NaN."""
    return np.minimum(np.maximum(values, low), high)


def log1p(values: Array, *, signed: bool) -> Array:
    """Return log(1 + x), NaN where x <= -1; if `signed`, sign(x) log(1 + |x|)."""
    if signed:
        return np.copysign(np.log1p(np.abs(values)), values)
    return np.log1p(np.where(values > -1, values, np.nan))


def indicate_missing(values: Array, when: str) -> Array:
    """Return 1.0 where a value is missing (or present), else 0.0. NaN and None are missing."""
    absent = (values != values) | (values == _NONE)  # noqa: PLR0124 - true of NaN alone
    features: Array = (absent if when == "missing" else ~absent).astype("float64")
    return features


def multiply_columns(values: Array) -> Array:
    """Multiply the columns from left to right; shape (rows, 1), NaN where one is missing."""
    products = values[:, :1].copy()
    for column in range(1, values.shape[1]):
        products *= values[:, column : column + 1]
    return products

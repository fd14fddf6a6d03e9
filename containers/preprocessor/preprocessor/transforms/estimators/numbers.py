"""Estimators of numbers: limits, logarithms, missing indicators."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator, StatelessEstimator
from preprocessor.transforms.kernels import numeric


class Clipper(ColumnEstimator):
    """Clipping of each column to the limits `low_` and `high_`; missing stays missing.

    A limit is `low` or `high`, else a quantile of the training column, else none.
    """

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        low_quantile: float | None = None,
        high_quantile: float | None = None,
    ) -> None:
        self.low = low
        self.high = high
        self.low_quantile = low_quantile
        self.high_quantile = high_quantile

    def fit(self, X: Any, y: Any = None) -> Clipper:  # noqa: ARG002, N803
        """Learn the limits of each column."""
        values = self.check_numbers(X, fit=True)
        self.low_ = _learn_limits(values, self.low, self.low_quantile, -np.inf)
        self.high_ = _learn_limits(values, self.high, self.high_quantile, np.inf)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Clip each value to its column's limits; float64, shape (rows, columns)."""
        self.check_fitted()
        return numeric.clip(self.check_numbers(X), self.low_, self.high_)


class Log1p(StatelessEstimator):
    """The logarithm of 1 + x; NaN where x is -1 or less.

    If `signed`, sign(x) log(1 + |x|), which is defined for every number.
    """

    def __init__(self, signed: bool = False) -> None:
        self.signed = signed

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the logarithms; float64, shape (rows, columns)."""
        self.check_fitted()
        return numeric.log1p(self.check_numbers(X), signed=self.signed)


class Flags(ColumnEstimator):
    """Missing indicator: 1 where a value is `missing` (or `present`), else 0."""

    def __init__(self, when: str = "missing") -> None:
        self.when = when

    def fit(self, X: Any, y: Any = None) -> Flags:  # noqa: ARG002, N803
        """Store the names of the columns."""
        self.check_texts(X, fit=True)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return 1.0 or 0.0 for each value; float64, shape (rows, columns)."""
        self.check_fitted()
        return numeric.indicate_missing(self.check_texts(X), self.when)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the features: the column's name and `_missing` or `_present`."""
        names = super().get_feature_names_out(input_features)
        return np.array([f"{name}_{self.when}" for name in names], dtype=object)


def _learn_limits(
    values: NDArray[np.float64], limit: float | None, quantile: float | None, default: float
) -> NDArray[np.float64]:
    if limit is not None or quantile is None:
        return np.full(values.shape[1], default if limit is None else limit)
    columns = [column[~np.isnan(column)] for column in values.T]
    return np.array([np.quantile(c, quantile) if len(c) else default for c in columns])

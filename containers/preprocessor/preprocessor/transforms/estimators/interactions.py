"""Interactions of several columns: products of numbers, crosses of categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator, StatelessEstimator
from preprocessor.transforms.kernels import categorical, numeric


class _JoinedColumns(ColumnEstimator):
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the one feature: the columns' names with a star between them."""
        names = super().get_feature_names_out(input_features)
        return np.array([categorical.CROSS_SEPARATOR.join(map(str, names))], dtype=object)


class Product(_JoinedColumns, StatelessEstimator):
    """The product of the columns' numbers; NaN where one is missing."""

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Multiply the columns from left to right; shape (rows, 1)."""
        self.check_fitted()
        return numeric.multiply_columns(self.check_numbers(X))


class Cross(_JoinedColumns):
    """The columns' texts joined by a star; None where one is missing."""

    def fit(self, X: Any, y: Any = None) -> Cross:  # noqa: ARG002, N803
        """Store the names of the columns."""
        self.check_texts(X, fit=True)
        return self

    def transform(self, X: Any) -> NDArray[np.object_]:  # noqa: N803
        """Join the texts of each row; object array (rows, 1)."""
        self.check_fitted()
        return categorical.cross_columns(self.check_texts(X))

"""Hashed categories, computed by scikit-learn's FeatureHasher."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import FeatureHasher

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator


class CategoryHasher(ColumnEstimator):
    """One FeatureHasher per column, with one text per row; a missing text sets no feature."""

    def __init__(self, features: int = 32, signed: bool = True) -> None:
        self.features = features
        self.signed = signed

    def fit(self, X: Any, y: Any = None) -> CategoryHasher:  # noqa: ARG002, N803
        """Store the names of the columns."""
        self.check_texts(X, fit=True)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the hashed texts; float64, shape (rows, columns * features)."""
        self.check_fitted()
        hasher = FeatureHasher(self.features, input_type="string", alternate_sign=self.signed)
        blocks = [
            hasher.transform([cell] if isinstance(cell, str) else [] for cell in column).toarray()
            for column in self.check_texts(X).T.tolist()
        ]
        return np.hstack(blocks)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the features: the column's name, `_hash_` and a number from 0."""
        columns = super().get_feature_names_out(input_features)
        names = [f"{column}_hash_{n}" for column in columns for n in range(self.features)]
        return np.array(names, dtype=object)

"""What the estimators share: how they take in columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data


class ColumnEstimator(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Base of estimators whose features are named like the columns, one for each."""

    def check_numbers(self, X: Any, *, fit: bool = False) -> NDArray[np.float64]:  # noqa: N803
        """Take in numbers, shape (rows, columns); missing is NaN."""
        found: NDArray[np.float64] = validate_data(
            self,
            X,
            dtype=np.float64,
            ensure_all_finite="allow-nan",
            copy=True,
            reset=fit,
        )
        return found

    def check_texts(self, X: Any, *, fit: bool = False) -> NDArray[np.object_]:  # noqa: N803
        """Take in texts, shape (rows, columns); missing is None or NaN."""
        found = validate_data(self, X, dtype=object, ensure_all_finite="allow-nan", reset=fit)
        return np.array(found, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether `fit` was called."""
        return hasattr(self, "n_features_in_")

    def check_fitted(self) -> None:
        """Raise NotFittedError before `fit`."""
        check_is_fitted(self)


class StatelessEstimator(ColumnEstimator):
    """Base of estimators of numbers that learn nothing."""

    def fit(self, X: Any, y: Any = None) -> StatelessEstimator:  # noqa: ARG002, N803
        """Remember the columns."""
        self.check_numbers(X, fit=True)
        return self

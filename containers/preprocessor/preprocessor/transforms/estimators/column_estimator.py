"""Base classes of the estimators: validation of their input."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data


class ColumnEstimator(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Base of estimators that make one feature per column, of the same name."""

    def check_numbers(self, X: Any, *, fit: bool = False) -> NDArray[np.float64]:  # noqa: N803
        """Return validated numbers; float64, shape (rows, columns), NaN if missing."""
        numbers: NDArray[np.float64] = validate_data(
            self,
            X,
            dtype=np.float64,
            ensure_all_finite="allow-nan",
            copy=True,
            reset=fit,
        )
        return numbers

    def check_texts(self, X: Any, *, fit: bool = False) -> NDArray[np.object_]:  # noqa: N803
        """Return validated texts; object array (rows, columns), None or NaN if missing."""
        texts = validate_data(self, X, dtype=object, ensure_all_finite="allow-nan", reset=fit)
        return np.array(texts, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Return True after `fit`."""
        return hasattr(self, "n_features_in_")

    def check_fitted(self) -> None:
        """Raise NotFittedError if `fit` was not called."""
        check_is_fitted(self)


class StatelessEstimator(ColumnEstimator):
    """Base of estimators of numbers that learn nothing in `fit`."""

    def fit(self, X: Any, y: Any = None) -> StatelessEstimator:  # noqa: ARG002, N803
        """Store the number and the names of the columns."""
        self.check_numbers(X, fit=True)
        return self

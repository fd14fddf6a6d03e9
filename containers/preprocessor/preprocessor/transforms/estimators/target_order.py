"""Categories by what the target is in their rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator
from preprocessor.transforms.kernels import categorical


class TargetOrdinalEncoder(ColumnEstimator):
    """The place of each category in the order of the target's `median` (or `mean`) in its rows.

    Categories with the same median have the same place; `places_` holds a lookup a column. Missing
    texts, and categories that were not there at the fit, become NaN.
    """

    def __init__(self, by: str = "median") -> None:
        self.by = by

    def fit(self, X: Any, y: Any) -> TargetOrdinalEncoder:  # noqa: N803
        """Learn the order; `y` holds numbers, shape (rows,)."""
        values, target = self.check_texts(X, fit=True), np.asarray(y, dtype=np.float64)
        self.places_ = [self._rank_categories(column, target) for column in values.T]
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return each row's places."""
        self.check_fitted()
        return categorical.map_to_ranks(self.check_texts(X), self.places_)

    def _rank_categories(
        self, column: NDArray[np.object_], target: NDArray[np.float64]
    ) -> dict[str, int]:
        rows: dict[str, list[int]] = {}
        for index, value in enumerate(column.tolist()):
            if value is not None and value == value:  # noqa: PLR0124 - not NaN
                rows.setdefault(value, []).append(index)
        middle = np.median if self.by == "median" else np.mean
        found = {value: float(middle(target[rows[value]])) for value in sorted(rows)}
        order = sorted(set(found.values()))
        return {value: order.index(score) for value, score in found.items()}

    def __sklearn_tags__(self) -> Any:
        """Say that a target is needed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

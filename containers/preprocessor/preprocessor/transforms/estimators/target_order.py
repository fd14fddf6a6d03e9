"""Categories ranked by the target in their rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator
from preprocessor.transforms.kernels import categorical


class TargetOrdinalEncoder(ColumnEstimator):
    """The rank of each category by the target's `median` (or `mean`) in its rows.

    Categories with equal medians have equal ranks; `places_` holds one lookup per column. Missing
    texts and unseen categories become NaN.
    """

    def __init__(self, by: str = "median") -> None:
        self.by = by

    def fit(self, X: Any, y: Any) -> TargetOrdinalEncoder:  # noqa: N803
        """Learn the ranks; `y` holds numbers, shape (rows,)."""
        values, target = self.check_texts(X, fit=True), np.asarray(y, dtype=np.float64)
        self.places_ = [self._rank_categories(column, target) for column in values.T]
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the ranks; float64, shape (rows, columns)."""
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
        scores = {value: float(middle(target[rows[value]])) for value in sorted(rows)}
        order = sorted(set(scores.values()))
        return {value: order.index(score) for value, score in scores.items()}

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags; a target is required."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

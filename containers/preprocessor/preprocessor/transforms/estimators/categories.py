"""Grouping of rare categories."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator
from preprocessor.transforms.kernels import categorical


class RareGrouper(ColumnEstimator):
    """Replacement of rare categories by `label`.

    Rare are those in fewer than `min_count` rows or a smaller share than `min_share`. `kept_` and
    `rare_` hold the categories of each column. One that the fit did not see is `unseen`: "rare",
    or kept as it is ("keep"). Missing stays missing.
    """

    def __init__(
        self,
        min_share: float | None = categorical.DEFAULT_MIN_SHARE,
        min_count: int | None = None,
        label: str = "(rare)",
        unseen: str = "rare",
    ) -> None:
        self.min_share = min_share
        self.min_count = min_count
        self.label = label
        self.unseen = unseen

    def fit(self, X: Any, y: Any = None) -> RareGrouper:  # noqa: ARG002, N803
        """Learn the rare and the frequent categories of each column."""
        values = self.check_texts(X, fit=True)
        least = max(self.min_count or 0, (self.min_share or 0) * len(values))
        counts = [
            Counter(v for v in column if v is not None and v == v)  # noqa: PLR0124 - not NaN
            for column in values.T.tolist()
        ]
        self.kept_ = [sorted(v for v, n in column.items() if n >= least) for column in counts]
        self.rare_ = [sorted(v for v, n in column.items() if n < least) for column in counts]
        return self

    def transform(self, X: Any) -> NDArray[np.object_]:  # noqa: N803
        """Replace rare categories by the label; object array (rows, columns)."""
        self.check_fitted()
        keep = self.unseen == "keep"
        listed = [frozenset(column) for column in (self.rare_ if keep else self.kept_)]
        return categorical.replace_rare(self.check_texts(X), listed, self.label, rare=keep)

"""Words for true and false."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator
from preprocessor.transforms.kernels import boolean_words


class Truths(ColumnEstimator):
    """Converter of words to 1 (`ones`) and 0 (`zeros`), in upper or lower case; others are NaN.

    With `unknown` as `error`, a word that is none of them raises ValueError.
    """

    def __init__(
        self,
        ones: Sequence[str] = boolean_words.DEFAULT_ONES,
        zeros: Sequence[str] = boolean_words.DEFAULT_ZEROS,
        unknown: str = "missing",
    ) -> None:
        self.ones = ones
        self.zeros = zeros
        self.unknown = unknown

    def fit(self, X: Any, y: Any = None) -> Truths:  # noqa: ARG002, N803
        """Store the names of the columns."""
        self.check_texts(X, fit=True)
        self.names_ = [str(name) for name in self.get_feature_names_out()]
        return self

    def transform(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return 1.0, 0.0 or NaN for each word; shape (rows, columns)."""
        self.check_fitted()
        meanings = boolean_words.map_words(self.ones, self.zeros)
        return boolean_words.read_booleans(self.check_texts(X), meanings, self.names_, self.unknown)

    def count_unread(self, X: Any) -> dict[str, int]:  # noqa: N803
        """Return the number of unknown words by column, without columns that have none."""
        unread: dict[str, int] = {}
        meanings = boolean_words.map_words(self.ones, self.zeros)
        boolean_words.read_booleans(
            self.check_texts(X), meanings, self.names_, self.unknown, unread
        )
        return unread

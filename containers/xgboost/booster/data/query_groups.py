"""Checks queries: ascending numbers, and in a ranking one weight a query."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booster.data.row_location import locate_row
from tandem.data.arrays import FloatArray
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.errors import BadData

_MAX_QUERY = float(1 << 32)  # XGBoost keeps them in 32 bits


@dataclass
class QueryChecker:
    """Checks the queries of one channel, rows after rows; `ranked` where a query has one weight."""

    ranked: bool = False
    _query: float = -1.0
    _weight: float = np.nan

    def check(self, examples: LabelledRows) -> None:
        """Check the next rows. Raises BadData, naming the row, when XGBoost cannot use a query."""
        queries, weights = examples.group, examples.weight
        if queries is None or not len(queries):
            return
        wrong = (queries != np.floor(queries)) | (queries < 0) | (queries >= _MAX_QUERY)
        if wrong.any():
            raise BadData(
                "a query is a whole number from 0 to 4,294,967,295",
                where=locate_row(examples, int(wrong.argmax())),
            )
        before = np.concatenate([[self._query], queries])
        if (falls := np.diff(before) < 0).any():
            row = int(falls.argmax())
            raise BadData(
                f"query {before[row + 1]:.0f} comes after query {before[row]:.0f}",
                where=locate_row(examples, row),
                remedy="Sort the rows by query, and number queries on from file to file",
            )
        if self.ranked and weights is not None:
            self._check_weights(before, weights, examples)
        self._query = float(queries[-1])

    def _check_weights(
        self, before: FloatArray, weights: FloatArray, examples: LabelledRows
    ) -> None:
        earlier = np.concatenate([[self._weight], weights])
        differs = (np.diff(before) == 0) & (np.diff(earlier) != 0)
        if differs.any():
            row = int(differs.argmax())
            raise BadData(
                f"the weight is {weights[row]:g}, and that of the row before, of the same query"
                f" {before[row]:.0f}, is {earlier[row]:g}",
                where=locate_row(examples, row),
                remedy="In a ranking queries have weights: give a query's in all of its rows",
            )
        self._weight = float(weights[-1])


def find_first_rows(queries: FloatArray) -> NDArray[np.intp]:
    """Return the index of the first row of each query; `queries` of shape (rows,), ascending."""
    return np.flatnonzero(np.diff(queries, prepend=-1.0))

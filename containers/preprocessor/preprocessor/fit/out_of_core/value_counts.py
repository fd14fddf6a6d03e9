"""Columns as distinct values with counts, as they pass through the steps of a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.recipe.definition import ColumnGroup
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.summaries.distribution import Distribution, build_distribution

_NONE: Any = None


@dataclass(frozen=True)
class ValueCounts:
    """Distinct values of a column, float64 or object, and their counts, both of shape (values,).

    Missing is a value here: NaN or None. `bits` is that of `Distribution`.
    """

    values: NDArray[Any]
    counts: NDArray[np.int64]
    bits: int | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    def numbers(self) -> Distribution:
        """Return the numbers that are not missing."""
        return build_distribution(self.values.astype(np.float64), self.counts, self.bits)

    def texts(self) -> dict[str, int]:
        """Return the texts that are not missing and their counts."""
        counts: dict[str, int] = {}
        for value, count in zip(self.values.tolist(), self.counts.tolist(), strict=True):
            if isinstance(value, str):
                counts[value] = counts.get(value, 0) + count
        return counts


def count_values(column: ColumnSummary, field: str, *, some: bool = False) -> ValueCounts | None:
    """Return the values of a column before any step; None when the summary is not sufficient."""
    if field == "text":
        return _count_texts(column) if column.exact or some else None
    numbers = column.numbers()
    if numbers is None:
        return None
    missing = column.rows - len(numbers)
    values = np.append(numbers.values, [np.nan] if missing else [])
    return ValueCounts(
        values, np.append(numbers.counts, [missing] if missing else []).astype(int), numbers.bits
    )


def pad_columns(columns: Sequence[ValueCounts]) -> NDArray[Any]:
    """Return a matrix (rows, columns); shorter columns are padded with their first value."""
    rows = max(len(column.values) for column in columns)
    matrix = np.empty((rows, len(columns)), dtype=columns[0].values.dtype)
    for index, column in enumerate(columns):
        matrix[:, index] = column.values[0]
        matrix[: len(column.values), index] = column.values
    return matrix


def carry_counts(
    outputs: NDArray[Any], origins: Sequence[tuple[int, ...]], columns: Sequence[ValueCounts]
) -> list[ValueCounts] | None:
    """Return each output with the counts of its source column; None if it has several."""
    carried = []
    for index, made_of in enumerate(origins):
        if len(made_of) != 1:
            return None
        column = columns[made_of[0]]
        values = outputs[: len(column.values), index]
        carried.append(ValueCounts(values, column.counts, column.bits))
    return carried


def count_inputs(
    block: ColumnGroup, summaries: dict[str, ColumnSummary], *, some: bool = False
) -> list[ValueCounts] | None:
    """Return the columns of a block; None when a summary is not sufficient.

    With `some`, a sample of the texts is sufficient.
    """
    field = block.chain.field
    columns = [count_values(summaries[name], field, some=some) for name in block.columns]
    known = [column for column in columns if column is not None]
    return known if len(known) == len(columns) else None


def _count_texts(column: ColumnSummary) -> ValueCounts:
    counts = dict(sorted(column.counts.items()))
    values = np.array([*counts, *([None] if column.missing else [])], dtype=object)
    numbers = [*counts.values(), *([column.missing] if column.missing else [])]
    return ValueCounts(values, np.array(numbers, dtype=np.int64))

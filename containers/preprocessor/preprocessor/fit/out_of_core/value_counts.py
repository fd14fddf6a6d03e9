"""Columns as their different values with counts, on their way through the steps of a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.data.summaries.column_summary import ColumnSummary
from preprocessor.data.summaries.distribution import Distribution, build_distribution
from preprocessor.recipe.definition import ColumnGroup

_NONE: Any = None


@dataclass(frozen=True)
class ValueCounts:
    """A column's values, floats or texts, and how often each stands there.

    Missing is NaN or None, and is a value here. `bits` is that of `Distribution`.
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
        found: dict[str, int] = {}
        for value, count in zip(self.values.tolist(), self.counts.tolist(), strict=True):
            if isinstance(value, str):
                found[value] = found.get(value, 0) + count
        return found


def count_values(column: ColumnSummary, field: str, *, some: bool = False) -> ValueCounts | None:
    """Return a column as it is before any step; None where not every text is known."""
    if field == "text":
        return _count_texts(column) if column.exact or some else None
    found = column.numbers()
    if found is None:
        return None
    gone = column.rows - len(found)
    values = np.append(found.values, [np.nan] if gone else [])
    return ValueCounts(
        values, np.append(found.counts, [gone] if gone else []).astype(int), found.bits
    )


def pad_columns(columns: Sequence[ValueCounts]) -> NDArray[Any]:
    """Put columns side by side, shorter ones filled up with their first value."""
    rows = max(len(column.values) for column in columns)
    matrix = np.empty((rows, len(columns)), dtype=columns[0].values.dtype)
    for place, column in enumerate(columns):
        matrix[:, place] = column.values[0]
        matrix[: len(column.values), place] = column.values
    return matrix


def carry_counts(
    outputs: NDArray[Any], origins: Sequence[tuple[int, ...]], columns: Sequence[ValueCounts]
) -> list[ValueCounts] | None:
    """Give each output the counts of the column it is made of; None where it is made of several."""
    found = []
    for place, made_of in enumerate(origins):
        if len(made_of) != 1:
            return None
        column = columns[made_of[0]]
        values = outputs[: len(column.values), place]
        found.append(ValueCounts(values, column.counts, column.bits))
    return found


def count_inputs(
    block: ColumnGroup, summaries: dict[str, ColumnSummary], *, some: bool = False
) -> list[ValueCounts] | None:
    """Return a block's columns; None where one of them is not known well enough.

    With `some`, some of a column's texts will do.
    """
    field = block.chain.field
    found = [count_values(summaries[name], field, some=some) for name in block.columns]
    known = [column for column in found if column is not None]
    return known if len(known) == len(found) else None


def _count_texts(column: ColumnSummary) -> ValueCounts:
    counts = dict(sorted(column.counts.items()))
    values = np.array([*counts, *([None] if column.missing else [])], dtype=object)
    numbers = [*counts.values(), *([column.missing] if column.missing else [])]
    return ValueCounts(values, np.array(numbers, dtype=np.int64))

"""A training set without the blanks around its cells."""

from __future__ import annotations

from collections.abc import Callable

from preprocessor.data.summaries.column_summary import ColumnSummary
from preprocessor.data.training_data import TrainingData
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location


class StrippedData:
    """The rows of `data`; `blanks` counts, for each column looked at, the cells that had blanks."""

    def __init__(self, data: TrainingData) -> None:
        self._data = data
        self.blanks: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in their order."""
        return self._data.names

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self._data.rows

    def summarize(
        self, name: str, missing: frozenset[str], number_format: NumberFormat | None = None
    ) -> ColumnSummary:
        """Return what a column holds; `missing` are the cells that say that there is no value.

        Numbers that are `written` in a format are counted in plain digits.
        """
        column = self._data.summarize(name, missing, number_format)
        self.blanks[name] = sum(n for cell, n in column.counts.items() if cell != cell.strip())
        return column.respell(str.strip) if self.blanks[name] else column

    def check_readable(self, name: str) -> None:
        """Raise BadData where a column holds what is not read at all."""
        self._data.check_readable(name)

    def find_cell(self, column: str, is_wrong: Callable[[str], bool]) -> Location:
        """Return the address of the first cell that is wrong without the blanks around it."""
        return self._data.find_cell(column, lambda cell: is_wrong(cell.strip()))

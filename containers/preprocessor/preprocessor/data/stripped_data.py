"""A training set whose cells are stripped of surrounding blanks."""

from __future__ import annotations

from collections.abc import Callable

from preprocessor.data.training_data import TrainingData
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location


class StrippedData:
    """A view of `data` with stripped cells; `blanks` counts the stripped cells of each column."""

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
        """Return the summary of a column; cells in `missing` hold no value.

        Numbers in a `number_format` are counted in plain digits.
        """
        column = self._data.summarize(name, missing, number_format)
        self.blanks[name] = sum(n for cell, n in column.counts.items() if cell != cell.strip())
        return column.respell(str.strip) if self.blanks[name] else column

    def check_readable(self, name: str) -> None:
        """Raise BadData when a column holds values of an unsupported type."""
        self._data.check_readable(name)

    def find_cell(self, column: str, is_wrong: Callable[[str], bool]) -> Location:
        """Return the location of the first cell that, stripped, satisfies `is_wrong`."""
        return self._data.find_cell(column, lambda cell: is_wrong(cell.strip()))

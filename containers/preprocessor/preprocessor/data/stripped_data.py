"""A training set without the blanks around its cells."""

from __future__ import annotations

from collections.abc import Callable

from preprocessor.data.summaries.column_summary import Column
from preprocessor.data.training_data import Data
from tandem.data.text.number_formats import Format
from tandem.errors import Where


class Stripped:
    """The rows of `data`; `blanks` counts, for each column looked at, the cells that had blanks."""

    def __init__(self, data: Data) -> None:
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

    def summary(self, name: str, missing: frozenset[str], written: Format | None = None) -> Column:
        """Return what a column holds; `missing` are the cells that say that there is no value.

        Numbers that are `written` in a format are counted in plain digits.
        """
        column = self._data.summary(name, missing, written)
        self.blanks[name] = sum(n for cell, n in column.counts.items() if cell != cell.strip())
        return column.spelled(str.strip) if self.blanks[name] else column

    def check(self, name: str) -> None:
        """Raise BadData where a column holds what is not read at all."""
        self._data.check(name)

    def find(self, column: str, wrong: Callable[[str], bool]) -> Where:
        """Return the address of the first cell that is wrong without the blanks around it."""
        return self._data.find(column, lambda cell: wrong(cell.strip()))

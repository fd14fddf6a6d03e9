"""A training set as far as the recipe hangs on it, whether its rows are in memory or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from preprocessor.data.summaries.column_summary import ColumnSummary
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location


class TrainingData(Protocol):
    """Rows under the header `names`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in their order."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    def summarize(
        self, name: str, missing: frozenset[str], number_format: NumberFormat | None = None
    ) -> ColumnSummary:
        """Return what a column holds; `missing` are the cells that say that there is no value.

        Numbers that are `written` in a format are counted in plain digits.
        """

    def check_readable(self, name: str) -> None:
        """Raise BadData where a column holds what is not read at all."""

    def find_cell(self, column: str, is_wrong: Callable[[str], bool]) -> Location:
        """Return the address of the first cell that is wrong."""

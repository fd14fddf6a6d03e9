"""The protocol of a training set: what inference needs of it, in memory or out of core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location


class TrainingData(Protocol):
    """A training set with the columns `names`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in their order."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    def summarize(
        self, name: str, missing: frozenset[str], number_format: NumberFormat | None = None
    ) -> ColumnSummary:
        """Return the summary of a column; cells in `missing` hold no value.

        Numbers in a `number_format` are counted in plain digits.
        """

    def check_readable(self, name: str) -> None:
        """Raise BadData when a column holds values of an unsupported type."""

    def find_cell(self, column: str, is_wrong: Callable[[str], bool]) -> Location:
        """Return the location of the first cell for which `is_wrong` is true."""

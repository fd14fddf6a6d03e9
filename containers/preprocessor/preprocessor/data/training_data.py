"""A training set as far as the recipe hangs on it, whether its rows are in memory or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from preprocessor.data.summaries.column_summary import Column
from tandem.data.text.number_formats import Format
from tandem.errors import Where


class Data(Protocol):
    """Rows under the header `names`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in their order."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    def summary(self, name: str, missing: frozenset[str], written: Format | None = None) -> Column:
        """Return what a column holds; `missing` are the cells that say that there is no value.

        Numbers that are `written` in a format are counted in plain digits.
        """

    def check(self, name: str) -> None:
        """Raise BadData where a column holds what is not read at all."""

    def find(self, column: str, wrong: Callable[[str], bool]) -> Where:
        """Return the address of the first cell that is wrong."""

"""The summaries of the data set's columns, from parts of it in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyzer.dataset.chunks import Chunk
from tandem.baseline.column_profile import ColumnProfile
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.errors import UserError

# Model Monitor knows one missing value, the empty cell.
MISSING = frozenset({""})
# Where a column was first seen: the parts of its file's path, the part of the data, the column.
Sight = tuple[tuple[str, ...], int, int]


class TableSummary:
    """The rows and the summary of each column; a column has an empty cell where a row lacks it.

    Whatever parts the rows come in, and however these are merged, the result is the same.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._parts = 0
        self._columns: dict[str, ColumnSummary] = {}
        self._sights: dict[str, Sight] = {}

    def add(self, chunk: Chunk, baseline: Sequence[str] = ()) -> None:
        """Add a part; columns without names take those of `baseline` in its order."""
        cells = dict(chunk.columns)
        if chunk.positional:
            cells = dict(zip(_name(list(cells), baseline), cells.values(), strict=True))
        for index, name in enumerate(cells):
            self._see(name, (chunk.file, self._parts, index))
        for name, column in self._columns.items():
            counts = cells.get(name, {})
            column.add(counts)
            if absent := chunk.rows - sum(counts.values()):
                column.add({"": absent})
        self.rows += chunk.rows
        self._parts += 1

    def merge(self, other: TableSummary) -> None:
        """Add the rows of another summary, which must not be used afterwards."""
        for name, sight in other._sights.items():
            self._see(name, sight)
        for name, column in self._columns.items():
            if name in other._columns:
                column.merge(other._columns[name])
            elif other.rows:
                column.add({"": other.rows})
        self.rows += other.rows

    def describe(self) -> list[ColumnProfile]:
        """Return the profiles of the columns, in the order of the data.

        Raises UserError when there are no rows.
        """
        if not self.rows:
            raise UserError("the data set has no rows", remedy="Give it data")
        names = sorted(self._sights, key=lambda name: self._sights[name])
        return [ColumnProfile(name, self._columns[name]) for name in names]

    def _see(self, name: str, sight: Sight) -> None:
        if name not in self._columns:
            self._columns[name] = ColumnSummary(MISSING)
            self._columns[name].add({"": self.rows} if self.rows else {})
        self._sights[name] = min(sight, self._sights.get(name, sight))


def summarize(chunks: Iterable[Chunk], baseline: Sequence[str] = ()) -> TableSummary:
    """Return the summary of parts of a data set."""
    summary = TableSummary()
    for chunk in chunks:
        summary.add(chunk, baseline)
    return summary


def _name(places: Sequence[str], baseline: Sequence[str]) -> list[str]:
    """Return the baseline's names by place; beyond it, places keep their own."""
    return [*baseline[: len(places)], *places[len(baseline) :]]

"""The summaries of a data set's columns, from parts of it in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyzer.dataset.chunks import Chunk
from tandem.baseline.column_profile import ColumnProfile
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.errors import UserError

# Model Monitor knows one missing value, the empty cell.
MISSING = frozenset({""})


def summarize(
    chunks: Iterable[Chunk], baseline: Sequence[str] = ()
) -> tuple[int, list[ColumnProfile]]:
    """Return the number of rows and the profile of each column, in the order of the data.

    Columns of data without names take those of `baseline` in its order. Raises UserError when
    there are no rows.
    """
    rows = 0
    columns: dict[str, ColumnSummary] = {}
    for chunk in chunks:
        cells = dict(chunk.columns)
        if chunk.positional:
            cells = dict(zip(_name(list(cells), baseline), cells.values(), strict=True))
        for name in cells:
            if name not in columns:
                columns[name] = ColumnSummary(MISSING)
                columns[name].add({"": rows} if rows else {})
        for name, column in columns.items():
            counts = cells.get(name, {})
            column.add(counts)
            if absent := chunk.rows - sum(counts.values()):
                column.add({"": absent})
        rows += chunk.rows
    if not rows:
        raise UserError("the data set has no rows", remedy="Give it data")
    return rows, [ColumnProfile(name, column) for name, column in columns.items()]


def _name(places: Sequence[str], baseline: Sequence[str]) -> list[str]:
    """Return the baseline's names by place; beyond it, places keep their own."""
    return [*baseline[: len(places)], *places[len(baseline) :]]

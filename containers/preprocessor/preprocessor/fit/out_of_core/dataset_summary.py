"""The mergeable summary of a training set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from preprocessor.fit.out_of_core.channel_chunks import check_same_header
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.tables import Records
from tandem.errors import BadData


class DatasetSummary:
    """The summaries of the columns `names`; `file` is the first file with this header."""

    def __init__(self, names: tuple[str, ...], file: str | None, missing: frozenset[str]) -> None:
        self.names = names
        self.file = file
        self.columns = {name: ColumnSummary(missing) for name in names}
        self.rows = 0
        self.unreadable: dict[str, BadData] = {}

    def add(self, records: Records) -> None:
        """Add the rows of records."""
        self.rows += len(records.rows)
        self.unreadable = {**records.unreadable, **self.unreadable}
        cells = zip(*records.rows, strict=True)
        for column, column_cells in zip(self.columns.values(), cells, strict=True):
            column.add(Counter(column_cells))


def summarize_records(parts: Iterable[Records], missing: frozenset[str]) -> DatasetSummary | None:
    """Return the summary of all records, None when there are none."""
    summary: DatasetSummary | None = None
    for records in parts:
        summary = summary or DatasetSummary(records.names or (), records.file, missing)
        summary.add(records)
    return summary


def merge_summaries(
    one: DatasetSummary | None, other: DatasetSummary | None
) -> DatasetSummary | None:
    """Return the merged summary; neither argument may be used afterwards.

    Raises BadData when their columns differ.
    """
    if one is None or other is None:
        return one or other
    check_same_header(other.names, other.file, one.names, one.file)
    one.rows += other.rows
    one.unreadable = {**other.unreadable, **one.unreadable}
    for name, column in one.columns.items():
        column.merge(other.columns[name])
    return one

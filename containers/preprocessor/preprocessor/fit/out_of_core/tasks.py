"""The tasks that run on partitions of the rows, and the merge functions of their results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from preprocessor.fit.in_memory import stack_tables
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.tables import Records, Table
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location

Parts = Iterator[Records]
Task = Callable[..., Any]


class Engine(Protocol):
    """Runs tasks on all partitions of the rows."""

    def map_reduce(self, task: Task, merge: Callable[[Any, Any], Any], *arguments: Any) -> Any:
        """Run task(rows, *arguments) on every partition, and fold the results with `merge`.

        `merge(left, right)` is called in partition order. Raises what the task raises, and Stopped.
        """


def find_cell(parts: Parts, column: str, is_wrong: Callable[[str], bool]) -> Location | None:
    """Return the location of the first wrong cell of a column, or None."""
    for records in parts:
        position = (records.names or ()).index(column)
        for index, row in enumerate(records.rows):
            if is_wrong(row[position]):
                return Location(records.file, records.row_number(index), column)
    return None


def choose_first(one: Location | None, other: Location | None) -> Location | None:
    """Return the first of two locations, or None."""
    return one or other


def count_plain_numbers(
    parts: Parts, name: str, number_format: NumberFormat, missing: frozenset[str]
) -> ColumnSummary | None:
    """Return the summary of a column with its formatted numbers in plain digits, or None."""
    summary: ColumnSummary | None = None
    for records in parts:
        summary = summary or ColumnSummary(missing)
        index = (records.names or ()).index(name)
        cells = [row[index] for row in records.rows]
        typed = name in records.typed
        summary.add(Counter(number_format.convert_cells(cells, missing, typed=typed)))
    return summary


def merge_columns(one: ColumnSummary | None, other: ColumnSummary | None) -> ColumnSummary | None:
    """Return the merged summary of a column; neither argument may be used afterwards."""
    if one is None or other is None:
        return one or other
    one.merge(other)
    return one


def gather_rows(parts: Parts, schema: RecordSchema) -> Table | None:
    """Return the table of the schema's columns, None when there are no rows."""
    tables = [schema.to_table(_select_columns(records, schema)) for records in parts]
    return stack_tables(tables) if tables else None


def join_tables(one: Table | None, other: Table | None) -> Table | None:
    """Return the rows of both tables in one table."""
    if one is None or other is None:
        return one or other
    return stack_tables([one, other])


def _select_columns(records: Records, schema: RecordSchema) -> Records:
    names = records.names or ()
    apart = filter(None, [schema.label, schema.weight])
    selected = [field.name for field in (*schema.fields, *apart)]
    indices = [names.index(name) for name in selected]
    rows = [[row[index] for index in indices] for row in records.rows]
    return replace(records, rows=rows, names=tuple(selected), unreadable={})

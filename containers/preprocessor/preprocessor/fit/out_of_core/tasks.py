"""What is done where the rows are, and how two results become one, in the order of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from preprocessor.data.summaries.column_summary import ColumnSummary
from preprocessor.fit.in_memory import stack_tables
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Records, Table
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location

Parts = Iterator[Records]
Task = Callable[..., Any]


class Engine(Protocol):
    """What runs a task wherever there are rows."""

    def map_reduce(self, task: Task, merge: Callable[[Any, Any], Any], *arguments: Any) -> Any:
        """Give the task the rows of every place and the arguments, and put the results together.

        The results are merged in the order of the places. Raises what the task raises, and Stopped.
        """


def find_cell(parts: Parts, column: str, is_wrong: Callable[[str], bool]) -> Location | None:
    """Return the address of the first cell of a column that is wrong."""
    for records in parts:
        place = (records.names or ()).index(column)
        for index, row in enumerate(records.rows):
            if is_wrong(row[place]):
                return Location(records.file, records.row_number(index), column)
    return None


def choose_first(one: Location | None, other: Location | None) -> Location | None:
    """Return the address that comes first."""
    return one or other


def count_plain_numbers(
    parts: Parts, name: str, number_format: NumberFormat, missing: frozenset[str]
) -> ColumnSummary | None:
    """Count the cells of a column whose numbers have a format, in plain digits."""
    found: ColumnSummary | None = None
    for records in parts:
        found = found or ColumnSummary(missing)
        place = (records.names or ()).index(name)
        cells = [row[place] for row in records.rows]
        typed = name in records.typed
        found.add(Counter(number_format.convert_cells(cells, missing, typed=typed)))
    return found


def merge_columns(one: ColumnSummary | None, other: ColumnSummary | None) -> ColumnSummary | None:
    """Put two summaries together, neither of which is to be used any more."""
    if one is None or other is None:
        return one or other
    one.merge(other)
    return one


def gather_rows(parts: Parts, schema: RecordSchema) -> Table | None:
    """Return the rows of a few columns; `schema` says which."""
    tables = [schema.to_table(_select_columns(records, schema)) for records in parts]
    return stack_tables(tables) if tables else None


def join_tables(one: Table | None, other: Table | None) -> Table | None:
    """Put the rows of two tables one below the other."""
    if one is None or other is None:
        return one or other
    return stack_tables([one, other])


def _select_columns(records: Records, schema: RecordSchema) -> Records:
    names = records.names or ()
    apart = filter(None, [schema.label, schema.weight])
    wanted = [field.name for field in (*schema.fields, *apart)]
    places = [names.index(name) for name in wanted]
    rows = [[row[place] for place in places] for row in records.rows]
    return replace(records, rows=rows, names=tuple(wanted), unreadable={})

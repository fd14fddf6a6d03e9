"""The table of runs: its columns, its filter, its order, and the same as CSV."""

import csv
import io
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from local_test.errors import UserError
from local_test.runs.run import Run, Value
from local_test.secret_names import MASK, looks_secret

_CONDITION = re.compile(r"(.+?)\s*(>=|<=|!=|=|>|<)\s*(.+)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}
_FIXED = ("run", "status", "created", "seconds")


@dataclass(frozen=True)
class Table:
    """The shown runs; `parameters` and `metrics` are the names of columns."""

    runs: Sequence[Run]
    parameters: Sequence[str]
    metrics: Sequence[str]

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return [*_FIXED, *self.parameters, *self.metrics]


def list_columns(runs: Sequence[Run]) -> tuple[list[str], list[str]]:
    """Return the names of the parameters and of the metrics that runs have."""
    parameters = sorted({name for run in runs for name in run.parameters})
    return parameters, sorted({name for run in runs for name in run.metrics})


def build_table(
    runs: Sequence[Run],
    text: str = "",
    order: str = "created",
    *,
    descending: bool = True,
    columns: Sequence[str] = (),
) -> Table:
    """Return the table of the runs that fit a filter.

    It has all parameters and metrics of the given runs, or of these only the named columns.
    Raises UserError when a column, the filter or the order names no column of theirs.
    """
    parameters, metrics = list_columns(runs)
    known = {*_FIXED, *parameters, *metrics}
    if missing := [name for name in columns if runs and name not in known]:
        raise UserError(f"unknown column: {missing[0]!r}", "name parameters and metrics")
    parts = [part for part in text.split(",") if part.strip()] if runs else []
    conditions = [_read_condition(part, known) for part in parts]
    if runs and order not in known:
        raise UserError(f"unknown column: {order!r}", f"sort by one of {', '.join(sorted(known))}")
    chosen = [run for run in runs if all(fits(run) for fits in conditions)]
    chosen.sort(key=lambda run: _make_key(read_cell(run, order)), reverse=descending)
    chosen.sort(key=lambda run: read_cell(run, order) is None)  # those without a value come last
    if columns:
        parameters = [name for name in parameters if name in columns]
        metrics = [name for name in metrics if name in columns]
    return Table(chosen, parameters, metrics)


def read_cell(run: Run, column: str) -> Value | None:
    """Return the value of a run in a column, None without one."""
    if column in run.metrics:
        return run.metrics[column]
    if column in run.parameters:
        return run.parameters[column]
    values: dict[str, Value | None] = {
        "run": run.display_name,
        "status": run.status,
        "created": run.created,
        "seconds": run.seconds,
    }
    return values.get(column)


def write_csv(table: Table) -> str:
    """Return the table as CSV: times in ISO 8601 and UTC, all digits of numbers, no secrets."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(["name", *table.columns])
    for run in table.runs:
        cells = [
            MASK if looks_secret(column) and read_cell(run, column) else read_cell(run, column)
            for column in table.columns
        ]
        cells[_FIXED.index("created")] = datetime.fromtimestamp(run.created, UTC).isoformat()
        writer.writerow([run.name, *("" if cell is None else _defuse(cell) for cell in cells)])
    return output.getvalue()


def _defuse(cell: Value) -> Value:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in tuple("=+-@\t\r") else cell


def _read_condition(part: str, known: set[str]) -> Callable[[Run], bool]:
    match = _CONDITION.fullmatch(part.strip())
    if match is None:
        wanted = part.strip().lower()
        return lambda run: wanted in run.name.lower() or wanted in run.display_name.lower()
    column, sign, text = match.groups()
    if column not in known:
        raise UserError(f"unknown column in the filter: {column!r}", "use the name of a column")
    compare, number = _COMPARE[sign], _parse_number(text)

    def fits(run: Run) -> bool:
        value = read_cell(run, column)
        mine = _parse_number(value)
        if mine is not None and number is not None:
            return compare(mine, number)
        if sign in {"=", "!="}:
            return (value == text) == (sign == "=")
        return False

    return fits


def _parse_number(value: Value | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _make_key(value: Value | None) -> tuple[bool, float, str]:
    number = _parse_number(value)
    return number is None, number or 0.0, str(value)

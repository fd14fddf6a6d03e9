"""Parsing of dates and times: the forms that are read, and the order of day and month.

`03/04/2024` is read only where the order of day and month is known: asked for, or proven by a cell
of the column that has no other reading. Two-digit years and bare numbers are never taken for dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from tandem.data.text.float_conversion import read_number
from tandem.errors import BadData, Location

Seconds = float
Reader = Callable[[str], Seconds]

DAY_FIRST, MONTH_FIRST = "day first", "month first"
EPOCHS = {"epoch": 1.0, "epoch_ms": 1e-3}

_TIME = (
    r"(?:(?:T|,?[ ])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"[ ]?(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"[ ]?(?P<zone>Z|z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?[ ])?"
_MONTH = r"(?P<word>[a-z]{3,9})\.?"
_DATES = (
    r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})",
    _WEEKDAY + r"(?P<day>[0-9]{1,2})\.?[ -]" + _MONTH + r"[ -](?P<year>[0-9]{4})",
    _WEEKDAY + _MONTH + r"[ ](?P<day>[0-9]{1,2}),?[ ](?P<year>[0-9]{4})",
    r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<other>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})",
)
_FORMS = tuple(re.compile(form + _TIME, re.IGNORECASE | re.ASCII) for form in _DATES)
_NAMES = "january february march april may june july august september october november december"
_MONTHS = {
    name[:length]: index
    for index, name in enumerate(_NAMES.split(), 1)
    for length in (3, len(name), 4 if name == "september" else 3)
}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the clock on the wall
_SECOND = timedelta(seconds=1)


def build_reader(form: str, zone: tzinfo, order: str | None = None) -> Reader:
    """Return a parser of cells: seconds since 1970-01-01 00:00 on the local clock of the zone.

    `form` is `auto`, an order of day and month, an epoch, or a pattern of `strptime`; `order` is
    the column's order of day and month. The parser raises ValueError when a cell is no such date.
    """
    if form in EPOCHS:
        scale = EPOCHS[form]
        return lambda cell: _to_wall_clock(_from_epoch(read_number(cell) * scale), zone)
    if "%" in form:
        return lambda cell: _to_wall_clock(datetime.strptime(cell, form), zone)  # noqa: DTZ007 - may have one
    day_order = order if form == "auto" else form
    return lambda cell: _to_wall_clock(_parse(cell, day_order), zone)


def can_parse_own_output(pattern: str) -> bool:
    """Return True if `strptime` parses what `strftime` writes with this pattern."""
    try:
        datetime.strptime(_EPOCH.strftime(pattern), pattern)  # noqa: DTZ007 - thrown away
    except (ValueError, re.error):
        return False
    return True


def infer_day_order(cells: Iterable[str]) -> str | None:
    """Return the order of day and month of the cells, None if no cell needs one.

    A cell that is no date in either order is ignored. Raises AmbiguousDayOrder when both orders
    read all the cells that need one, and ValueError when neither order does.
    """
    ambiguous = [cell for cell in cells if _FORMS[-1].fullmatch(cell)]
    readers = (build_reader(DAY_FIRST, UTC), build_reader(MONTH_FIRST, UTC))
    outcomes = [tuple(can_read(reader, cell) for reader in readers) for cell in ambiguous]
    dates = [outcome for outcome in outcomes if any(outcome)]
    if not dates:
        return None
    day_first, month_first = (all(outcome[index] for outcome in dates) for index in (0, 1))
    if day_first and month_first:
        raise AmbiguousDayOrder
    if not day_first and not month_first:
        raise ValueError("some dates have the day first and others the month")
    return DAY_FIRST if day_first else MONTH_FIRST


def looks_like_date(cell: str) -> bool:
    """Return True if a cell has one of the forms of a date."""
    return any(form.fullmatch(cell) for form in _FORMS)


def can_read(reader: Reader, cell: str) -> bool:
    """Return True if the reader parses the cell."""
    try:
        reader(cell)
    except ValueError:
        return False
    return True


class AmbiguousDayOrder(ValueError):
    """Error of a column whose dates can be read with the day first and with the month first."""

    def __init__(self) -> None:
        super().__init__("every date can be read with the day first and with the month first")


def _parse(cell: str, order: str | None) -> datetime:
    for form in _FORMS:
        match = form.fullmatch(cell)
        if match:
            parts = match.groupdict()
            return _build_datetime(*_read_day(parts, order), parts)
    raise ValueError("no date")


def _read_day(parts: dict[str, str | None], order: str | None) -> tuple[int, int, int]:
    year = int(parts["year"] or 0)
    if parts.get("first"):
        if order is None:
            raise ValueError("no order")
        first, other = int(parts["first"] or 0), int(parts["other"] or 0)
        return (year, other, first) if order == DAY_FIRST else (year, first, other)
    word = parts.get("word")
    month = int(parts["month"] or 0) if word is None else _MONTHS.get(word.lower(), 0)
    return year, month, int(parts["day"] or 0)


def _build_datetime(year: int, month: int, day: int, parts: dict[str, str | None]) -> datetime:
    hour = int(parts["hour"] or 0)
    half = parts["half"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    micro = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    zone = _parse_offset(parts["zone"]) if parts["zone"] else None
    return datetime(
        year, month, day, hour, int(parts["minute"] or 0), int(parts["second"] or 0), micro, zone
    )


def _parse_offset(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = 60 * int(digits[:2]) + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _from_epoch(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def _to_wall_clock(moment: datetime, zone: tzinfo) -> Seconds:
    """Return the seconds of a time on the zone's local clock; one without an offset is local.

    Milliseconds are kept: a float64 of a late century would round finer parts up to the second.
    """
    try:
        local = moment if moment.tzinfo is None else moment.astimezone(zone)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
    rounded = local.replace(tzinfo=None, microsecond=local.microsecond // 1000 * 1000)
    return (rounded - _EPOCH) / _SECOND


def parse_dates(
    values: Array,
    readers: Sequence[Reader],
    names: Sequence[str],
    unparsable: str,
    unread: dict[str, int] | None = None,
) -> Array:
    """Parse texts into seconds; float64, shape (rows, columns), NaN where missing or unparsable.

    values: object array (rows, columns). The number of unparsable texts of each column `names` is
    written into `unread`. Raises BadData when a text is no date and `unparsable` is "error".
    """
    seconds = np.full(values.shape, np.nan)
    for column, (read, cells) in enumerate(zip(readers, values.T.tolist(), strict=True)):
        unparsed = 0
        for row, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            try:
                seconds[row, column] = read(cell.strip())
            except ValueError as error:
                if unparsable == "error":
                    raise _build_error(row, names[column]) from error
                unparsed += 1
        if unparsed and unread is not None:
            unread[names[column]] = unparsed
    return seconds


def build_readers(form: str, timezone: str, orders: Sequence[str | None]) -> list[Reader]:
    """Return one reader per column; `orders` are the columns' orders of day and month."""
    zone: tzinfo = UTC if timezone == "UTC" else ZoneInfo(timezone)
    return [build_reader(form, zone, order) for order in orders]


def _build_error(row: int, name: str) -> BadData:
    return BadData(
        "a date is expected, and the value is none that can be read",
        where=Location(row=row + 1, column=name),
        remedy="Mend it, leave the cell empty, or let 'unparsable' be missing",
    )

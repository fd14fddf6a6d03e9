"""Arrow timestamps, times of day and durations as the texts that a CSV file has.

A timestamp is ISO 8601 with a space, as pandas writes it: `2024-01-31` at midnight, else
`2024-01-31 12:30:00`, with three, six or nine digits of a second if needed; with a time zone, the
local time and its offset, as `2024-01-31 12:30:00+01:00`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_NO_OFFSET = "+00:00"
# NumPy and pandas say so that a time is missing, beside Arrow's own mask.
_NOT_A_TIME = np.iinfo(np.int64).min


def format_timestamps(array: Any) -> list[str]:
    """Format an Arrow array of timestamps; a missing one is an empty text."""
    kind = array.type
    seconds, fractions, there = _split_seconds(array, kind.unit)
    zone = None if kind.tz is None else _find_zone(kind.tz)
    offsets = [""] * len(seconds)
    if zone is not None:
        offset_by_second = {
            second: _find_offset(second, zone) for second in np.unique(seconds[there]).tolist()
        }
        shifts = [offset_by_second.get(second, (0, "")) for second in seconds.tolist()]
        seconds = seconds + np.array([shift for shift, _ in shifts], dtype=np.int64)
        offsets = [offset for _, offset in shifts]
    texts = np.datetime_as_string(seconds.astype("datetime64[s]")).tolist()
    short = (seconds % _DAY == 0) & (fractions == "") & (zone is None)
    rows = zip(texts, fractions.tolist(), offsets, short.tolist(), there.tolist(), strict=True)
    return [
        ("" if not present else text[:-9] if day else f"{text[:-9]} {text[-8:]}{fraction}{offset}")
        for text, fraction, offset, day, present in rows
    ]


def format_dates(array: Any) -> list[str]:
    """Format an Arrow array of dates; a missing one is an empty text."""
    days = array.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    return ["" if text == "NaT" else text for text in np.datetime_as_string(days).tolist()]


def format_times(array: Any) -> list[str]:
    """Format an Arrow array of times of day as `12:30:00`; a missing one is an empty text."""
    seconds, fractions, there = _split_seconds(array, array.type.unit, least=6)
    rows = zip(seconds.tolist(), fractions.tolist(), there.tolist(), strict=True)
    return [
        f"{_format_clock(second)}{fraction}" if present else ""
        for second, fraction, present in rows
    ]


def format_durations(array: Any) -> list[str]:
    """Format an Arrow array of durations as pandas does, `0 days 00:00:01`; missing is empty."""
    seconds, fractions, there = _split_seconds(array, array.type.unit, least=6)
    days, rest = seconds // _DAY, seconds % _DAY
    rows = zip(days.tolist(), rest.tolist(), fractions.tolist(), there.tolist(), strict=True)
    return [
        f"{day} days {'+' if day < 0 else ''}{_format_clock(second)}{fraction}" if present else ""
        for day, second, fraction, present in rows
    ]


def _split_seconds(
    array: Any, unit: str, least: int = 3
) -> tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.bool_]]:
    """Return whole seconds, the texts of their fractions, and which values are not missing."""
    import pyarrow as pa

    whole = array.view(pa.int32() if array.type.bit_width == 32 else pa.int64())
    there = ~whole.is_null().to_numpy(zero_copy_only=False)
    ticks = np.asarray(whole.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)
    there &= ticks != _NOT_A_TIME
    size = _UNITS[unit]
    fractions = np.full(len(ticks), "", dtype=object)
    parts = ticks % size
    for place in np.flatnonzero(parts):
        fractions[place] = _format_fraction(int(parts[place]) * (10**9 // size), least)
    return ticks // size, fractions, there


def _format_fraction(nanoseconds: int, least: int) -> str:
    text = f"{nanoseconds:09d}"
    digits = next(n for n in (3, 6, 9) if n >= least and not text[n:].strip("0"))
    return f".{text[:digits]}"


def _format_clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def _find_zone(name: str) -> tzinfo:
    """Return the time zone; UTC, which changes no point in time, for an unknown one."""
    if match := _OFFSET.fullmatch(name):
        minutes = int(match[2]) * 60 + int(match[3])
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def _find_offset(second: int, zone: tzinfo) -> tuple[int, str]:
    """Return the UTC offset at a time in seconds since 1970, in seconds and as text."""
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=second)
        shift = moment.astimezone(zone).utcoffset()
    except (OverflowError, ValueError):
        return 0, _NO_OFFSET
    seconds = round(shift.total_seconds()) if shift else 0
    if seconds % 60:  # before time zones there were towns; an offset in ISO 8601 has no seconds
        return 0, _NO_OFFSET
    minutes = abs(seconds) // 60
    return seconds, f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"

"""Features of dates: calendar parts, cycles and elapsed time.

Dates are float64 seconds since 1970-01-01 00:00 on the local clock of their time zone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.kernels import date_reader
from preprocessor.transforms.kernels.arrays import Array

Days = NDArray[np.int64]
_DAY = 86400
_THURSDAY = 3


def _year(days: Days) -> Days:
    return days.astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970


def _month(days: Days) -> Days:
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64) % 12 + 1


def _start(days: Days, unit: str) -> Days:
    return days.astype("M8[D]").astype(f"M8[{unit}]").astype("M8[D]").astype(np.int64)


def _weekday(days: Days) -> Days:
    return (days + _THURSDAY) % 7


def _dayofyear(days: Days) -> Days:
    return days - _start(days, "Y") + 1


def _week(days: Days) -> Days:
    # A week belongs to the year its Thursday is in (ISO 8601).
    return (_dayofyear(days - _weekday(days) + _THURSDAY) - 1) // 7 + 1


_OF_DAYS: dict[str, Callable[[Days], Days]] = {
    "year": _year,
    "quarter": lambda days: (_month(days) + 2) // 3,
    "month": _month,
    "week": _week,
    "day": lambda days: days - _start(days, "M") + 1,
    "dayofyear": _dayofyear,
    "weekday": _weekday,
    "weekend": lambda days: (_weekday(days) >= 5).astype(np.int64),
}
_OF_SECONDS: dict[str, Callable[[Days], Days]] = {
    "hour": lambda seconds: seconds // 3600,
    "minute": lambda seconds: seconds // 60 % 60,
    "second": lambda seconds: seconds % 60,
}
PARTS = (*_OF_DAYS, *_OF_SECONDS)


# How many values each part has, and the first of them.
PERIODS = {
    "month": (12, 1),
    "week": (53, 1),
    "day": (31, 1),
    "dayofyear": (366, 1),
    "weekday": (7, 0),
    "hour": (24, 0),
    "minute": (60, 0),
}
# One row and a thousand must give the same bits, so nothing is computed when a row comes.
_CIRCLES = {
    name: [
        np.array([turn(2 * math.pi * step / period) for step in range(period)])
        for turn in (math.sin, math.cos)
    ]
    for name, (period, _) in PERIODS.items()
}
FIRST = "first"
UNIT_SECONDS = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}


def extract_part(seconds: Array, name: str) -> Days:
    """Return one of `PARTS` of each date; int64, the shape of `seconds`, which holds no NaN."""
    whole = np.floor(seconds).astype(np.int64)
    if name in _OF_DAYS:
        return _OF_DAYS[name](whole // _DAY)
    return _OF_SECONDS[name](whole % _DAY)


def compute_features(
    values: Array, width: int, compute: Callable[[Array], Sequence[Array]]
) -> Array:
    """Return `width` features of each column side by side; shape (rows, columns * width).

    `compute` makes the features of one column from its seconds without NaN; those of a missing
    date are NaN.
    """
    out = np.full((len(values), values.shape[1] * width), np.nan)
    for index, column in enumerate(values.T):
        present = ~np.isnan(column)
        for offset, feature in enumerate(compute(column[present])):
            out[present, index * width + offset] = feature
    return out


def extract_parts(values: Array, names: Sequence[str]) -> Array:
    """Return the named parts of each date; shape (rows, columns * len(names)), NaN if missing."""
    return compute_features(
        values, len(names), lambda seconds: [extract_part(seconds, name) for name in names]
    )


def compute_cycles(values: Array, names: Sequence[str]) -> Array:
    """Return sine and cosine of the named parts; shape (rows, columns * 2 * len(names))."""

    def features(seconds: Array) -> list[Array]:
        steps = {name: extract_part(seconds, name) - PERIODS[name][1] for name in names}
        return [circle[steps[name]] for name in names for circle in _CIRCLES[name]]

    return compute_features(values, 2 * len(names), features)


def parse_reference(reference: str) -> float:
    """Return the seconds of a reference date. Raises ValueError when the text is no date."""
    return date_reader.build_reader("auto", UTC)(reference)


def compute_elapsed(values: Array, references: Array, unit: str) -> Array:
    """Return the time since each column's reference in `unit`s, negative before it."""
    distance: Array = (values - references) / UNIT_SECONDS[unit]
    return distance

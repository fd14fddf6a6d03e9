"""The parts of a date as whole numbers, from seconds on the clock of its time zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from preprocessor.transforms.steps.step import Array
from tandem.contract.value_types import Kind, words_of

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


def chosen(allowed: Sequence[str]) -> Kind[tuple[str, ...]]:
    """Return the kind of a list of parts."""
    kind = words_of(lambda word: word in allowed, f"list of {', '.join(allowed)}")
    items = {"type": "string"}
    return Kind(kind.name, kind.parse, {"type": ["array", "string"], "items": items})


def part(seconds: Array, name: str) -> Days:
    """Return one of `PARTS` of every point in time; none may be missing."""
    whole = np.floor(seconds).astype(np.int64)
    if name in _OF_DAYS:
        return _OF_DAYS[name](whole // _DAY)
    return _OF_SECONDS[name](whole % _DAY)


def spread(values: Array, width: int, features: Callable[[Array], Sequence[Array]]) -> Array:
    """Return each column's features side by side, those of a missing date missing.

    `features` makes `width` of them from the seconds that are there.
    """
    out = np.full((len(values), values.shape[1] * width), np.nan)
    for place, column in enumerate(values.T):
        there = ~np.isnan(column)
        for number, feature in enumerate(features(column[there])):
            out[there, place * width + number] = feature
    return out

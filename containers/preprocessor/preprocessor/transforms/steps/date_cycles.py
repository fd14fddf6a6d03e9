"""Parts of dates as points on a circle, so that December lies beside January."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.date_features import chosen, part, spread
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Array, Replay, Step

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
WHICH = Option(
    "cycles",
    chosen(tuple(PERIODS)),
    ("month", "weekday", "hour"),
    "Which: a sine and a cosine each.",
)


def cycles(values: Array, names: Sequence[str]) -> Array:
    """Return sine and cosine of the named parts of every date, column by column."""

    def features(seconds: Array) -> list[Array]:
        steps = {name: part(seconds, name) - PERIODS[name][1] for name in names}
        return [circle[steps[name]] for name in names for circle in _CIRCLES[name]]

    return spread(values, 2 * len(names), features)


@dataclass(frozen=True)
class CyclesReplay:
    """Which cycles."""

    cycles: list[str]

    def apply(self, values: Array) -> Array:
        """Return sines and cosines."""
        return cycles(values, self.cycles)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _Cycles(Step):
    name = "cycles"
    sentence = "Parts of a date as points on a circle, so that December lies beside January."
    options = (WHICH,)

    def estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.dates import DateCycles

        names = options[WHICH]
        return DateCycles(list(names))

    def replay(self, fitted: Any) -> Replay:
        return CyclesReplay(list(fitted.cycles))

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return CyclesReplay(**values)

    def origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        return [(index,) for index in range(width) for _ in range(2 * len(fitted.cycles))]


STEP = _Cycles()

"""Parts of dates as points on a circle, so that December lies beside January."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.date_features import PERIODS, compute_cycles
from preprocessor.transforms.options import Option, Options, list_of
from preprocessor.transforms.steps.step import Replay, Step

CYCLES = Option(
    "cycles",
    list_of(tuple(PERIODS)),
    ("month", "weekday", "hour"),
    "Which: a sine and a cosine each.",
)


@dataclass(frozen=True)
class DateCyclesReplay:
    """Replay of step `cycles`: the calendar parts whose sine and cosine are made, in order."""

    cycles: list[str]

    def apply(self, values: Array) -> Array:
        """Return sines and cosines; float64, shape (rows, columns * 2 * cycles), NaN if missing."""
        return compute_cycles(values, self.cycles)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _DateCycles(Step):
    name = "cycles"
    sentence = "Parts of a date as points on a circle, so that December lies beside January."
    options = (CYCLES,)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.dates import DateCycles

        names = options[CYCLES]
        return DateCycles(list(names))

    def read_replay(self, fitted: Any) -> Replay:
        return DateCyclesReplay(list(fitted.cycles))

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return DateCyclesReplay(**values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        return [(index,) for index in range(width) for _ in range(2 * len(fitted.cycles))]


STEP = _DateCycles()

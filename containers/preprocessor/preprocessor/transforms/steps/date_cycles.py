"""Parts of dates as points on a circle, so that December lies beside January."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.date_features import PERIODS, cycles
from preprocessor.transforms.options import Option, Options, chosen
from preprocessor.transforms.steps.step import Replay, Step

WHICH = Option(
    "cycles",
    chosen(tuple(PERIODS)),
    ("month", "weekday", "hour"),
    "Which: a sine and a cosine each.",
)


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

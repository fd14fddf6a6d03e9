"""Dates into their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.date_features import PARTS, parts
from preprocessor.transforms.options import Option, Options, chosen
from preprocessor.transforms.steps.step import Replay, Step

WHICH = Option(
    "parts",
    chosen(PARTS),
    ("year", "month", "day", "weekday", "hour"),
    "Which: a feature each. Monday is weekday 0; `week` is that of ISO 8601.",
)


@dataclass(frozen=True)
class PartsReplay:
    """Which parts."""

    parts: list[str]

    def apply(self, values: Array) -> Array:
        """Return the parts."""
        return parts(values, self.parts)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _Parts(Step):
    name = "parts"
    sentence = "The parts of a date, a feature each; missing where the date is."
    options = (WHICH,)

    def estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.dates import DateParts

        names = options[WHICH]
        return DateParts(list(names))

    def replay(self, fitted: Any) -> Replay:
        return PartsReplay(list(fitted.parts))

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return PartsReplay(**values)

    def origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        return [(index,) for index in range(width) for _ in fitted.parts]


STEP = _Parts()

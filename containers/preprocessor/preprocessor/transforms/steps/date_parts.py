"""Calendar parts of dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.date_features import PARTS, extract_parts
from preprocessor.transforms.options import Option, Options, list_of
from preprocessor.transforms.steps.step import Replay, Step

DATE_PARTS = Option(
    "parts",
    list_of(PARTS),
    ("year", "month", "day", "weekday", "hour"),
    "Which: a feature each. Monday is weekday 0; `week` is that of ISO 8601.",
)


@dataclass(frozen=True)
class DatePartsReplay:
    """Replay of step `parts`: the calendar fields made of each column, in output order."""

    parts: list[str]

    def apply(self, values: Array) -> Array:
        """Return the parts; float64, shape (rows, columns * parts), NaN for a missing date."""
        return extract_parts(values, self.parts)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _DateParts(Step):
    name = "parts"
    sentence = "The parts of a date, a feature each; missing where the date is."
    options = (DATE_PARTS,)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.dates import DateParts

        names = options[DATE_PARTS]
        return DateParts(list(names))

    def read_replay(self, fitted: Any) -> Replay:
        return DatePartsReplay(list(fitted.parts))

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return DatePartsReplay(**values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        return [(index,) for index in range(width) for _ in fitted.parts]


STEP = _DateParts()

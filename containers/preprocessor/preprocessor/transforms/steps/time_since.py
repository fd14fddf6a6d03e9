"""The time elapsed since a reference date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.date_features import (
    FIRST,
    UNIT_SECONDS,
    compute_elapsed,
    parse_reference,
)
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import Kind, choice


def _check_reference(text: str) -> str:
    if text != FIRST:
        parse_reference(text)
    return text


REFERENCE = Option(
    "reference",
    Kind(f"date, like 2000-01-31, or {FIRST}", _check_reference, {"type": "string"}),
    FIRST,
    f"The date to count from, on the column's clock; `{FIRST}` is the earliest one of training.",
)
UNIT = Option("unit", choice(*UNIT_SECONDS), "days", "What is counted; parts of a unit count too.")


@dataclass(frozen=True)
class TimeSinceReplay:
    """Replay of step `since`: the unit, and each column's reference in seconds since 1970."""

    unit: str
    references: list[float]

    def apply(self, values: Array) -> Array:
        """Return the elapsed time in units; float64, shape (rows, columns), NaN if missing."""
        return compute_elapsed(values, self._references, self.unit)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _references(self) -> Array:
        return np.array(self.references)


class _TimeSince(Step):
    name = "since"
    sentence = "The time since a reference date."
    options = (REFERENCE, UNIT)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.dates import TimeSince

        return TimeSince(options[REFERENCE], options[UNIT])

    def read_replay(self, fitted: Any) -> Replay:
        return TimeSinceReplay(fitted.unit, fitted.references_.tolist())

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return TimeSinceReplay(**values)


STEP = _TimeSince()

"""Clipping of numbers to limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.numeric import clip
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import optional, real

LOW = Option("low", optional(real()), None, "The lowest number; what is below becomes it.")
HIGH = Option("high", optional(real()), None, "The highest number.")
LOW_QUANTILE = Option(
    "low_quantile", optional(real(0, 1)), None, "The lowest number as a quantile of the column's."
)
HIGH_QUANTILE = Option(
    "high_quantile", optional(real(0, 1)), None, "The highest number as a quantile."
)


@dataclass(frozen=True)
class ClipReplay:
    """Replay of step `clip`: `low` and `high` limit each column, None = no limit."""

    low: list[float | None]
    high: list[float | None]

    def apply(self, values: Array) -> Array:
        """Clip the numbers; float64, shape (rows, columns)."""
        return clip(values, *self._limits)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _limits(self) -> tuple[Array, Array]:
        low = [-np.inf if limit is None else limit for limit in self.low]
        high = [np.inf if limit is None else limit for limit in self.high]
        return np.array(low), np.array(high)


class _Clip(Step):
    name = "clip"
    sentence = "Limits: what is beyond becomes the limit. Without options, the training data's."
    options = (LOW, HIGH, LOW_QUANTILE, HIGH_QUANTILE)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.numbers import Clipper

        limits = {option.name: options[option] for option in self.options}
        if all(limit is None for limit in limits.values()):
            limits |= {LOW_QUANTILE.name: 0.0, HIGH_QUANTILE.name: 1.0}
        return Clipper(**limits)

    def read_replay(self, fitted: Any) -> Replay:
        return ClipReplay(*(list(map(_to_finite, ends)) for ends in (fitted.low_, fitted.high_)))

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return ClipReplay(**values)


def _to_finite(limit: float) -> float | None:
    return float(limit) if np.isfinite(limit) else None


STEP = _Clip()

"""Logarithms of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.numeric import log1p
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import flag

SIGNED = Option(
    "signed", flag(), False, "sign(x) log(1 + |x|), which has a value for negative numbers too."
)


@dataclass(frozen=True)
class Log1pReplay:
    """Replay of step `log1p`: `signed` = sign(x) log(1 + |x|)."""

    signed: bool

    def apply(self, values: Array) -> Array:
        """Return the logarithms; float64, shape (rows, columns)."""
        return log1p(values, signed=self.signed)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _Log1p(Step):
    name = "log1p"
    sentence = "The logarithm of 1 + x; missing where x is -1 or less."
    options = (SIGNED,)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.numbers import Log1p

        return Log1p(signed=options[SIGNED])

    def read_replay(self, fitted: Any) -> Replay:
        return Log1pReplay(fitted.signed)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return Log1pReplay(**values)


STEP = _Log1p()

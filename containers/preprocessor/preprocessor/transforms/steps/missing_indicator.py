"""Whether a value is there, as a feature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Array, Replay, Step
from tandem.contract.value_types import choice

WHEN = Option("when", choice("missing", "present"), "missing", "When the feature is 1.")
_NONE: Any = None


def flags(values: Array, when: str) -> Array:
    """Return 1 where a value is missing (or present), else 0. NaN and None are missing."""
    absent = (values != values) | (values == _NONE)  # noqa: PLR0124 - true of NaN alone
    features: Array = (absent if when == "missing" else ~absent).astype("float64")
    return features


@dataclass(frozen=True)
class FlagReplay:
    """When the features are 1."""

    when: str

    def apply(self, values: Array) -> Array:
        """Say of every value whether it is there."""
        return flags(values, self.when)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _Flag(Step):
    name = "flag"
    sentence = "A feature beside the others that says whether the value is there."
    options = (WHEN,)

    def estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.numbers import Flags

        return Flags(when=options[WHEN])

    def replay(self, fitted: Any) -> Replay:
        return FlagReplay(fitted.when)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return FlagReplay(**values)


STEP = _Flag()

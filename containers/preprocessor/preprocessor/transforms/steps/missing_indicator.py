"""Missing indicators: features that show where values are missing or present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.numeric import indicate_missing
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice

WHEN = Option("when", choice("missing", "present"), "missing", "When the feature is 1.")


@dataclass(frozen=True)
class MissingIndicatorReplay:
    """Replay of step `flag`: `when` a feature is 1, "missing" or "present"."""

    when: str

    def apply(self, values: Array) -> Array:
        """Return 1.0 or 0.0 for each value; float64, shape (rows, columns)."""
        return indicate_missing(values, self.when)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _MissingIndicator(Step):
    name = "flag"
    sentence = "A feature beside the others that says whether the value is there."
    options = (WHEN,)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.numbers import Flags

        return Flags(when=options[WHEN])

    def read_replay(self, fitted: Any) -> Replay:
        return MissingIndicatorReplay(fitted.when)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return MissingIndicatorReplay(**values)


STEP = _MissingIndicator()

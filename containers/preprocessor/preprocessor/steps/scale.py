"""Numbers on one scale. Trees need none; linear models and distances do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from preprocessor.options import Option, Options
from preprocessor.steps.base import Array, Replay, Step
from tandem.kinds import choice

METHOD = Option(
    "method",
    choice("none", "standard"),
    "standard",
    "`standard`: mean 0 and standard deviation 1.",
)


@dataclass(frozen=True)
class StandardReplay:
    """`mean` and `scale` hold one number a column."""

    mean: list[float]
    scale: list[float]

    def apply(self, values: Array) -> Array:
        """Subtract, divide: the order of scikit-learn."""
        np.subtract(values, self.mean, out=values)
        return np.divide(values, self.scale, out=values)

    def to_json(self) -> dict[str, Any]:
        """Give the replay as JSON values."""
        return asdict(self)


class _Scale(Step):
    name = "scale"
    sentence = "Numbers on one scale."
    field = "number"
    options = (METHOD,)

    def idle(self, options: Options) -> bool:
        return options[METHOD] == "none"

    def estimator(self, _options: Options) -> Any:
        from sklearn.preprocessing import StandardScaler

        return StandardScaler()

    def replay(self, fitted: Any) -> Replay:
        return StandardReplay(fitted.mean_.tolist(), fitted.scale_.tolist())

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return StandardReplay(**values)


STEP = _Scale()

"""Imputation of missing numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice, real

STRATEGY = Option(
    "strategy",
    choice("median", "mean", "most_frequent", "constant", "zero", "none"),
    "median",
    "The column's median, mean or most frequent number, the number `fill`, 0, or missing still.",
)
FILL = Option("fill", real(), 0.0, "The number that stands for a missing one with `constant`.")


@dataclass(frozen=True)
class ImputeNumberReplay:
    """Replay of step `impute`: `fill` holds one number per column."""

    fill: list[float]

    def apply(self, values: Array) -> Array:
        """Replace NaN in place; float64, shape (rows, columns)."""
        np.copyto(values, self.fill, where=np.isnan(values))
        return values

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _ImputeNumber(Step):
    name = "impute"
    sentence = "What stands for a missing number."
    options = (STRATEGY, FILL)

    def is_idle(self, options: Options) -> bool:
        return options[STRATEGY] == "none"

    def build_estimator(self, options: Options) -> Any:
        from sklearn.impute import SimpleImputer

        strategy = options[STRATEGY]
        if strategy in {"constant", "zero"}:
            fill = options[FILL] if strategy == "constant" else 0.0
            return SimpleImputer(strategy="constant", fill_value=fill, keep_empty_features=True)
        return SimpleImputer(strategy=strategy, keep_empty_features=True)

    def read_replay(self, fitted: Any) -> Replay:
        return ImputeNumberReplay([float(value) for value in fitted.statistics_])

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return ImputeNumberReplay(**values)


STEP = _ImputeNumber()

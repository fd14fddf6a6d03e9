"""Imputation of missing categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice, text

MISSING_LABEL = "(missing)"
_NONE: Any = None

STRATEGY = Option(
    "strategy",
    choice("own", "most_frequent", "constant"),
    "own",
    f"A category of its own named `{MISSING_LABEL}`, the column's most frequent one, or the text"
    " `fill`.",
)
FILL = Option(
    "fill", text(), MISSING_LABEL, "The category that stands for a missing one with `constant`."
)


@dataclass(frozen=True)
class ImputeCategoryReplay:
    """Replay of step `missing`: `fill` holds one category per column."""

    fill: list[str]

    def apply(self, values: Array) -> Array:
        """Replace missing categories in place; object array (rows, columns)."""
        gone: Any = np.equal(values, _NONE)
        np.copyto(values, np.array(self.fill, dtype=object), where=gone)
        return values

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)


class _ImputeCategory(Step):
    name = "missing"
    sentence = "What stands for a missing category."
    options = (STRATEGY, FILL)

    def build_estimator(self, options: Options) -> Any:
        from sklearn.impute import SimpleImputer

        if options[STRATEGY] == "most_frequent":
            return SimpleImputer(missing_values=None, strategy="most_frequent")
        fill = options[FILL] if options[STRATEGY] == "constant" else MISSING_LABEL
        return SimpleImputer(
            missing_values=None, strategy="constant", fill_value=fill, keep_empty_features=True
        )

    def read_replay(self, fitted: Any) -> Replay:
        return ImputeCategoryReplay([str(value) for value in fitted.statistics_])

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return ImputeCategoryReplay(**values)


STEP = _ImputeCategory()

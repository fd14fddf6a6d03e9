"""Ordinal encoding of categories by the target in their rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.categorical import CategoryLookups
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice
from tandem.errors import UserError

BY = Option(
    "by",
    choice("median", "mean"),
    "median",
    "What of the target in a category's rows says its place; of two classes, the share of the"
    " second.",
)


@dataclass(frozen=True)
class OrdinalByTargetReplay:
    """Replay of step `ordinal_by_target`: `columns` are the ranks of the categories of each."""

    columns: list[dict[str, int]]

    def apply(self, values: Array) -> Array:
        """Return the ranks; float64, shape (rows, columns), NaN for an unseen category."""
        return self._lookups.look_up_floats(values)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _lookups(self) -> CategoryLookups:
        return CategoryLookups(self.columns, [math.nan] * len(self.columns))


class _OrdinalByTarget(Step):
    name = "ordinal_by_target"
    sentence = (
        "The category's place in the order of the target, so that the feature rises with it;"
        " missing for a category that training did not see."
    )
    options = (BY,)
    supervised = True

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.target_order import TargetOrdinalEncoder

        return TargetOrdinalEncoder(options[BY])

    def set_target_type(self, estimator: Any, classes: int) -> Any:
        if classes > 2:
            raise UserError(
                f"step '{self.name}' needs a target that is a number or has two classes, and it"
                f" has {classes}",
                remedy="Take target_encode, which has a feature a class",
            )
        return estimator.set_params(by="mean") if classes else estimator

    def read_replay(self, fitted: Any) -> Replay:
        return OrdinalByTargetReplay(fitted.places_)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return OrdinalByTargetReplay(**values)


STEP = _OrdinalByTarget()

"""Grouping of rare categories into one category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.categorical import DEFAULT_MIN_SHARE, replace_rare
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice, optional, real, text, whole

MIN_SHARE = Option(
    "min_share",
    optional(real(0, 1)),
    None,
    f"Categories in a smaller share of the rows are rare. {DEFAULT_MIN_SHARE:g} where `min_count`"
    " is not given either.",
)
MIN_COUNT = Option("min_count", optional(whole(1)), None, "Categories in fewer rows are rare.")
LABEL = Option("label", text(), "(rare)", "The category that rare ones become.")
UNSEEN = Option(
    "unseen",
    choice("rare", "keep"),
    "rare",
    "A category that training did not see is a rare one, or is left to the next step.",
)


@dataclass(frozen=True)
class RareReplay:
    """Replay of step `rare`: `label` replaces the rare categories.

    `listed` are the categories of each column: the rare ones if `rare`, else the frequent ones.
    """

    listed: list[list[str]]
    label: str
    rare: bool

    def apply(self, values: Array) -> Array:
        """Replace rare categories by the label; object array (rows, columns)."""
        return replace_rare(values, self._listed, self.label, rare=self.rare)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _listed(self) -> list[frozenset[str]]:
        return [frozenset(column) for column in self.listed]


class _Rare(Step):
    name = "rare"
    sentence = "Categories of few rows become one category."
    options = (MIN_SHARE, MIN_COUNT, LABEL, UNSEEN)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.categories import RareGrouper

        share, count = options[MIN_SHARE], options[MIN_COUNT]
        usual = DEFAULT_MIN_SHARE if share is None and count is None else share
        return RareGrouper(usual, count, options[LABEL], options[UNSEEN])

    def read_replay(self, fitted: Any) -> Replay:
        rare = fitted.unseen == "keep"
        listed = fitted.rare_ if rare else fitted.kept_
        return RareReplay(listed, fitted.label, rare=rare)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return RareReplay(**values)


STEP = _Rare()

"""Ordinal encoding: the index of the category in sorted order, -1 for an unseen one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.categorical import CategoryLookups, read_categories
from preprocessor.transforms.options import Options
from preprocessor.transforms.steps.step import Replay, Step

UNSEEN = -1


@dataclass(frozen=True)
class OrdinalReplay:
    """Replay of step `ordinal`: `columns` are the categories of each, in the order of codes."""

    columns: list[list[str]]

    def apply(self, values: Array) -> Array:
        """Return the codes; float64, shape (rows, columns)."""
        return self._lookups.look_up_floats(values)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _lookups(self) -> CategoryLookups:
        codes = [{value: code for code, value in enumerate(column)} for column in self.columns]
        return CategoryLookups(codes, [UNSEEN] * len(codes))


class _Ordinal(Step):
    name = "ordinal"
    sentence = "The category's place in sorted order; -1 for one that training did not see."

    def build_estimator(self, _options: Options) -> Any:
        from sklearn.preprocessing import OrdinalEncoder

        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=UNSEEN)

    def read_replay(self, fitted: Any) -> Replay:
        return OrdinalReplay(read_categories(fitted))

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return OrdinalReplay(**values)


STEP = _Ordinal()

"""One feature a column, the category's place in sorted order; -1 for one training did not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.categorical import Lookups, categories
from preprocessor.transforms.options import Options
from preprocessor.transforms.steps.step import Replay, Step

UNSEEN = -1


@dataclass(frozen=True)
class OrdinalReplay:
    """The categories of each column, in the order of their codes."""

    columns: list[list[str]]

    def apply(self, values: Array) -> Array:
        """Return each row's codes."""
        return self._lookups.floats(values)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _lookups(self) -> Lookups:
        codes = [{value: code for code, value in enumerate(column)} for column in self.columns]
        return Lookups(codes, [UNSEEN] * len(codes))


class _Ordinal(Step):
    name = "ordinal"
    sentence = "The category's place in sorted order; -1 for one that training did not see."

    def estimator(self, _options: Options) -> Any:
        from sklearn.preprocessing import OrdinalEncoder

        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=UNSEEN)

    def replay(self, fitted: Any) -> Replay:
        return OrdinalReplay(categories(fitted))

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return OrdinalReplay(**values)


STEP = _Ordinal()

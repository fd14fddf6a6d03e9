"""One feature a column, the category's place in sorted order; -1 for one training did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from preprocessor.steps.categories import categories, codes, lookups, missing_filler
from tandem.data.schemas import FieldKind
from tandem.data.tables import Table


@dataclass(frozen=True)
class OrdinalReplay:
    """The categories of each column, in the order of their codes."""

    positions: list[int]
    columns: list[list[str]]

    @property
    def width(self) -> int:
        """One feature a column."""
        return len(self.columns)

    def apply(self, table: Table, out: NDArray[Any]) -> None:
        """Set each row's code."""
        for index, (position, lookup) in enumerate(zip(self.positions, self._lookups, strict=True)):
            out[:, index] = codes(table.texts, position, lookup)

    def to_json(self) -> dict[str, Any]:
        """Give the replay as JSON values."""
        return {"positions": self.positions, "columns": self.columns}

    @cached_property
    def _lookups(self) -> list[dict[str | None, int]]:
        return lookups(self.columns)


class _Ordinal:
    name = "ordinal"
    field: FieldKind = "text"
    options: Mapping[str, tuple[str, ...]] = {}

    def estimator(self, _options: Mapping[str, str]) -> Any:
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import OrdinalEncoder

        encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        return Pipeline([("missing", missing_filler()), ("encode", encoder)])

    def replay(self, fitted: Any, positions: Sequence[int]) -> OrdinalReplay:
        return OrdinalReplay(list(positions), categories(fitted["encode"]))

    def from_json(self, values: Mapping[str, Any]) -> OrdinalReplay:
        return OrdinalReplay(**values)


STEP = _Ordinal()

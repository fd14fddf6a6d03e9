"""One feature a category, 1 where the row has it; a category that training did not see has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.steps.categories import categories, codes, lookups, missing_filler
from tandem.data.schemas import FieldKind
from tandem.data.tables import Table


@dataclass(frozen=True)
class OneHotReplay:
    """The categories of each column, in the order of their features."""

    positions: list[int]
    columns: list[list[str]]

    @property
    def width(self) -> int:
        """One feature a category."""
        return sum(map(len, self.columns))

    def apply(self, table: Table, out: NDArray[Any]) -> None:
        """Set the one feature of each row and column."""
        rows = np.arange(len(table))
        start = 0
        for position, lookup, values in zip(
            self.positions, self._lookups, self.columns, strict=True
        ):
            found = np.array(codes(table.texts, position, lookup), dtype=np.intp)
            seen = found >= 0
            out[rows[seen], start + found[seen]] = 1.0
            start += len(values)

    def to_json(self) -> dict[str, Any]:
        """Give the replay as JSON values."""
        return {"positions": self.positions, "columns": self.columns}

    @cached_property
    def _lookups(self) -> list[dict[str | None, int]]:
        return lookups(self.columns)


class _OneHot:
    name = "onehot"
    field: FieldKind = "text"
    options: Mapping[str, tuple[str, ...]] = {}

    def estimator(self, _options: Mapping[str, str]) -> Any:
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import OneHotEncoder

        encoder = OneHotEncoder(
            handle_unknown="ignore", sparse_output=False, feature_name_combiner="{}={}".format
        )
        return Pipeline([("missing", missing_filler()), ("encode", encoder)])

    def replay(self, fitted: Any, positions: Sequence[int]) -> OneHotReplay:
        return OneHotReplay(list(positions), categories(fitted["encode"]))

    def from_json(self, values: Mapping[str, Any]) -> OneHotReplay:
        return OneHotReplay(**values)


STEP = _OneHot()

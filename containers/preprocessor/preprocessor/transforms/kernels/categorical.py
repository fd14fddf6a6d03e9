"""What the steps for categories share: the lookup from category to number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from preprocessor.transforms.steps.step import Array


class Lookups:
    """One lookup a column, from category to a number, and a number for what it does not know."""

    def __init__(self, columns: Sequence[Mapping[Any, Any]], unknown: Sequence[Any]) -> None:
        self._columns = [(dict(c).get, u) for c, u in zip(columns, unknown, strict=True)]

    def codes(self, values: Array) -> list[list[Any]]:
        """Look every value up; shape (columns, rows)."""
        return [
            [get(value, unknown) for value in column]
            for (get, unknown), column in zip(self._columns, values.T.tolist(), strict=True)
        ]

    def floats(self, values: Array) -> Array:
        """Look every value up; shape (rows, columns)."""
        return np.array(self.codes(values), dtype=np.float64).T


def categories(encoder: Any) -> list[list[str]]:
    """Return the categories of a fitted encoder, one list a column, in the order of their codes."""
    return [[str(value) for value in values] for values in encoder.categories_]

"""What the steps for categories share: the lookup from category to number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array

DEFAULT_MIN_SHARE = 0.01
CROSS_SEPARATOR = "*"


class CategoryLookups:
    """One lookup a column, from category to a number, and a number for what it does not know."""

    def __init__(self, columns: Sequence[Mapping[Any, Any]], unknown: Sequence[Any]) -> None:
        self._columns = [(dict(c).get, u) for c, u in zip(columns, unknown, strict=True)]

    def look_up(self, values: Array) -> list[list[Any]]:
        """Look every value up; shape (columns, rows)."""
        return [
            [get(value, unknown) for value in column]
            for (get, unknown), column in zip(self._columns, values.T.tolist(), strict=True)
        ]

    def look_up_floats(self, values: Array) -> Array:
        """Look every value up; shape (rows, columns)."""
        return np.array(self.look_up(values), dtype=np.float64).T


def read_categories(encoder: Any) -> list[list[str]]:
    """Return the categories of a fitted encoder, one list a column, in the order of their codes."""
    return [[str(value) for value in values] for values in encoder.categories_]


def replace_rare(
    values: Array, listed_categories: Sequence[frozenset[str]], label: str, *, rare: bool
) -> Array:
    """Return texts with `label` in place of rare ones; missing stays missing.

    `listed` holds for each column the rare categories where `rare`, else those that are kept.
    """
    columns = [
        [
            value if value is None or value != value or (value in known) is not rare else label  # noqa: PLR0124 - true of NaN alone
            for value in column
        ]
        for column, known in zip(values.T.tolist(), listed_categories, strict=True)
    ]
    found = np.empty(values.shape, dtype=object)
    found.T[:] = columns
    return found


def map_to_ranks(values: Array, ranks: list[dict[str, int]]) -> Array:
    """Return the places of texts, NaN for one that has none; shape (rows, columns)."""
    return CategoryLookups(ranks, [math.nan] * len(ranks)).look_up_floats(values)


def cross_columns(values: Array) -> Array:
    """Join the columns' texts, shape (rows, 1); missing where one is.

    A backslash stands before a text's own signs, so that no two rows are joined to one text.
    """
    found = np.empty((len(values), 1), dtype=object)
    found[:, 0] = [
        CROSS_SEPARATOR.join(map(_escape, row))
        if all(isinstance(cell, str) for cell in row)
        else None
        for row in values.tolist()
    ]
    return found


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(CROSS_SEPARATOR, f"\\{CROSS_SEPARATOR}")

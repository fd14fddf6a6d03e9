"""Arithmetic of the steps for categories: lookups, rare categories, ranks, crosses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array

DEFAULT_MIN_SHARE = 0.01
CROSS_SEPARATOR = "*"


class CategoryLookups:
    """One lookup per column, from category to value, and the value of unknown categories."""

    def __init__(self, columns: Sequence[Mapping[Any, Any]], unknown: Sequence[Any]) -> None:
        self._columns = [(dict(c).get, u) for c, u in zip(columns, unknown, strict=True)]

    def look_up(self, values: Array) -> list[list[Any]]:
        """Return the value of each category as nested lists, shape (columns, rows)."""
        return [
            [get(value, unknown) for value in column]
            for (get, unknown), column in zip(self._columns, values.T.tolist(), strict=True)
        ]

    def look_up_floats(self, values: Array) -> Array:
        """Return the value of each category as float64, shape (rows, columns)."""
        return np.array(self.look_up(values), dtype=np.float64).T


def read_categories(encoder: Any) -> list[list[str]]:
    """Return the categories of a fitted encoder, one list per column, in order of their codes."""
    return [[str(value) for value in values] for values in encoder.categories_]


def replace_rare(
    values: Array, listed_categories: Sequence[frozenset[str]], label: str, *, rare: bool
) -> Array:
    """Replace rare categories by `label`; object array (rows, columns), missing stays missing.

    `listed_categories` are those of each column: the rare ones if `rare`, else the frequent ones.
    """
    columns = [
        [
            value if value is None or value != value or (value in listed) is not rare else label  # noqa: PLR0124 - true of NaN alone
            for value in column
        ]
        for column, listed in zip(values.T.tolist(), listed_categories, strict=True)
    ]
    texts = np.empty(values.shape, dtype=object)
    texts.T[:] = columns
    return texts


def map_to_ranks(values: Array, ranks: list[dict[str, int]]) -> Array:
    """Return the rank of each category, NaN if it has none; float64, shape (rows, columns)."""
    return CategoryLookups(ranks, [math.nan] * len(ranks)).look_up_floats(values)


def cross_columns(values: Array) -> Array:
    """Join the texts of each row; object array (rows, 1), None where one of them is missing.

    Separators inside a text are escaped by a backslash, so that different rows stay different.
    """
    crossed = np.empty((len(values), 1), dtype=object)
    crossed[:, 0] = [
        CROSS_SEPARATOR.join(map(_escape, row))
        if all(isinstance(cell, str) for cell in row)
        else None
        for row in values.tolist()
    ]
    return crossed


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(CROSS_SEPARATOR, f"\\{CROSS_SEPARATOR}")

"""What the steps for categories share: the lookup from category to number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array

USUAL_SHARE = 0.01
SIGN = "*"


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


def grouped(values: Array, listed: Sequence[frozenset[str]], label: str, *, rare: bool) -> Array:
    """Return texts with `label` in place of rare ones; missing stays missing.

    `listed` holds for each column the rare categories where `rare`, else those that are kept.
    """
    columns = [
        [
            value if value is None or value != value or (value in known) is not rare else label  # noqa: PLR0124 - true of NaN alone
            for value in column
        ]
        for column, known in zip(values.T.tolist(), listed, strict=True)
    ]
    found = np.empty(values.shape, dtype=object)
    found.T[:] = columns
    return found


def placed(values: Array, columns: list[dict[str, int]]) -> Array:
    """Return the places of texts, NaN for one that has none; shape (rows, columns)."""
    return Lookups(columns, [math.nan] * len(columns)).floats(values)


def crossed(values: Array) -> Array:
    """Join the columns' texts, shape (rows, 1); missing where one is.

    A backslash stands before a text's own signs, so that no two rows are joined to one text.
    """
    found = np.empty((len(values), 1), dtype=object)
    found[:, 0] = [
        SIGN.join(map(_escaped, row)) if all(isinstance(cell, str) for cell in row) else None
        for row in values.tolist()
    ]
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(SIGN, f"\\{SIGN}")

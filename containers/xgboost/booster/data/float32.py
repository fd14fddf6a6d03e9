"""Rounds the 64-bit numbers of a format to XGBoost's 32 bits, in training and in serving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.errors import BadData, Location


def to_float32(
    values: NDArray[np.floating[Any]],
    file: str | None = None,
    *,
    first_row: int = 1,
    first_column: int = 1,
    name: str | None = None,
    names: Sequence[str] | None = None,
) -> NDArray[np.float32]:
    """Return the values as C-contiguous float32 of the same shape.

    `first_row` and `first_column` are the numbers of the first cell in its file; `name` is the name
    of the column, `names` those of all columns. Raises BadData, naming row and column, when a
    number is too large for 32 bits.
    """
    with np.errstate(over="ignore"):
        rounded = np.ascontiguousarray(values, dtype=np.float32)
    if np.isinf(rounded).any():
        row, column = np.argwhere(np.isinf(rounded))[0]
        title = names[column] if names else name or str(column + first_column)
        raise BadData(
            "the number is too large for 32 bits",
            where=Location(file, int(row) + first_row, title),
            remedy="Scale the column, or leave the cell empty",
        )
    return rounded

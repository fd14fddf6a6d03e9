"""From the 64-bit numbers of a format to the 32-bit ones of XGBoost, in training and in serving."""

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
    """Round to 32 bits. Raises BadData, naming row and column, for a number too large for them.

    `first_row` and `first_column` are the numbers the first ones have in their file; `name` stands
    for the column, `names` for all of them.
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

"""Conversion of cells to floats and back; done in this module only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.data.text import fast_floats
from tandem.errors import BadData, Location, Locator

NAN = math.nan
EMPTY_IS_MISSING = frozenset({""})
BOOLEANS = {"true": "1", "false": "0"}
# From so many cells on, a run of them is read faster in bulk.
_MANY = 16


def read_number(cell: str, missing: frozenset[str] = EMPTY_IS_MISSING) -> float:
    """Parse one cell; NaN when it is one of `missing`.

    Raises ValueError when it is a word, infinite, or has underscores, which Python would accept.
    """
    if cell in missing:
        return NAN
    value = float(cell)
    if "_" in cell or math.isinf(value):
        raise ValueError(cell)
    return value


def read_numbers(
    cells: Sequence[str],
    missing: frozenset[str],
    where: Locator,
    *,
    booleans: bool = False,
) -> Sequence[float] | NDArray[np.float64]:
    """Parse cells; returns floats of shape (cells,), float64 when it is an array.

    `where` returns the location of the cell at an index. With `booleans` the words true and false,
    in any case, are 1 and 0. Raises BadData for the first cell that is not a number. The error does
    not quote the cell: logs and failure reasons must not contain the user's data.
    """
    values = _read_in_bulk(cells, missing) if len(cells) >= _MANY else None
    if values is None and missing == EMPTY_IS_MISSING:
        values = _read_with_python(cells)
    if values is None and booleans:
        cells = [BOOLEANS.get(cell.strip().lower(), cell) for cell in cells]
    return _read_one_by_one(cells, missing, where) if values is None else values


def _read_in_bulk(cells: Sequence[str], missing: frozenset[str]) -> NDArray[np.float64] | None:
    if "" not in missing and "" in cells:
        return None
    values = None if _has_figures(missing) else fast_floats.read_column(cells)
    if values is not None or missing <= EMPTY_IS_MISSING:
        return values
    return fast_floats.read_column(["" if cell.strip() in missing else cell for cell in cells])


@lru_cache(maxsize=16)
def _has_figures(missing: frozenset[str]) -> bool:
    """Return True when a text that means missing could be parsed as a number."""
    return any(fast_floats.read_column([text]) is not None for text in missing if text)


def _read_with_python(cells: Sequence[str]) -> NDArray[np.float64] | None:
    try:
        values = np.array([float(cell) if cell else NAN for cell in cells], dtype=np.float64)
    except ValueError:
        return None
    return None if np.isinf(values).any() or "_" in "".join(cells) else values


def _read_one_by_one(cells: Sequence[str], missing: frozenset[str], where: Locator) -> list[float]:
    values = []
    for index, cell in enumerate(cells):
        try:
            values.append(read_number(cell.strip(), missing))
        except ValueError as error:
            raise _make_number_error(cell.strip(), where(index)) from error
    return values


def to_finite(values: NDArray[Any], where: Callable[[int, int], Location]) -> NDArray[np.float64]:
    """Convert a matrix of a binary format to float64 of the same shape (rows, columns).

    float32 and integers up to 2^53 stay exact. `where` returns the location of a row and a column,
    both counted from 0. Raises BadData for an infinite value.
    """
    numbers = to_float64(values)
    infinite = np.isinf(numbers)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise _make_infinite_error(where(int(row), int(column)))
    return numbers


def to_float64(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return contiguous float64 of the same shape, without NumPy's warning for NaN."""
    if values.dtype.char != "f":
        return np.ascontiguousarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):  # of a signalling NaN, when float32 becomes float64
        return np.ascontiguousarray(values, dtype=np.float64)


def format_numbers(column: NDArray[Any]) -> list[str]:
    """Format numbers of shape (rows,) with the fewest digits that read back to the same value.

    NaN becomes an empty text.
    """
    if not len(column):
        return []
    text = fast_floats.write_json(column)
    if text is not None:
        return text[1:-1].replace(b"null", b"").decode().split(",")
    infinite = np.isinf(column)
    if not infinite.any():
        return list(map(repr, column.tolist()))
    texts = format_numbers(np.where(infinite, np.nan, column))
    for index in np.flatnonzero(infinite):
        texts[index] = repr(float(column[index]))
    return texts


def format_cells(column: NDArray[Any]) -> list[str]:
    """Format a column of shape (rows,) as the cells of records, whole numbers without `.0`."""
    values = column.astype(np.float64).tolist()
    return ["" if value != value else repr(value).removesuffix(".0") for value in values]  # noqa: PLR0124


def _make_infinite_error(where: Location) -> BadData:
    return BadData("the value is infinite", where=where, remedy="Leave the cell empty")


def _make_number_error(cell: str, where: Location) -> BadData:
    if "inf" in cell.lower():
        return _make_infinite_error(where)
    what = "is a word" if cell[:1].isalpha() else "is not a number"
    return BadData(f"a number is expected, and the value {what}", where=where)

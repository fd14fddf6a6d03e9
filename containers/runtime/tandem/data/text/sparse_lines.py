"""Binding to sparse_lines.c, which parses lines of LIBSVM 25 times as fast as Python does."""

from __future__ import annotations

from ctypes import c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tandem.data.text.decimals import POWERS_OF_FIVE
from tandem.data.text.line_breaks import count_line_breaks
from tandem.io import native_library

_LINE_BREAK = ord("\n")
_SHORTEST_VALUE = 4  # bytes of an index, a colon, a digit and a blank
_LIBRARY = native_library.load_library(Path(__file__).with_suffix(".c"))
if _LIBRARY is not None:
    _LIBRARY.tandem_sparse_lines.argtypes = [c_char_p, c_int64, c_int, *8 * [c_void_p]]
    _LIBRARY.tandem_sparse_lines.restype = c_int64


@dataclass(frozen=True)
class SparseLines:
    """Lines of `label[:weight] [qid:n] index:value ...`, read.

    Row r has `values[starts[r]:starts[r + 1]]`, float64, at `indices[starts[r]:starts[r + 1]]`,
    int64. `labels`, `weights` and `queries`, float64 of shape (rows,), are None where no row has
    any.
    """

    starts: NDArray[np.int64]
    indices: NDArray[np.int64]
    values: NDArray[np.float64]
    labels: NDArray[np.float64] | None
    weights: NDArray[np.float64] | None
    queries: NDArray[np.float64] | None


def read_sparse_lines(
    lines: bytes, *, labelled: bool, size: int | None = None
) -> SparseLines | None:
    """Parse LIBSVM's lines; without `labelled`, a first word with a colon is a value.

    Of the lines the first `size` bytes are read, all by default; after them is nothing but blank
    space. The last line has no line break: one more would be an empty line. Returns None when a
    word is not plainly a number, a line is empty or has a comment, some rows have what others have
    not, or the C library is not available.
    """
    size = len(lines) if size is None else size
    if _LIBRARY is None or not size or lines[size - 1] == _LINE_BREAK:
        return None
    most = count_line_breaks(lines) + 1
    starts, counts = np.empty(most + 1, np.int64), np.zeros(4, np.int64)
    most_values = size // _SHORTEST_VALUE + 1
    indices, values = np.empty(most_values, np.int64), np.empty(most_values)
    columns = np.empty((3, most))  # labels, weights, queries
    arrays = (starts, indices, values, *columns, counts)
    rows = _LIBRARY.tandem_sparse_lines(
        lines, size, labelled, POWERS_OF_FIVE, *(array.ctypes.data for array in arrays)
    )
    if rows < 0 or not set(counts[1:].tolist()) <= {0, rows}:
        return None
    labels, weights, queries = (
        column[:rows] if number else None
        for column, number in zip(columns, counts[1:].tolist(), strict=True)
    )
    count = int(counts[0])
    return SparseLines(
        starts[: rows + 1], indices[:count], values[:count], labels, weights, queries
    )

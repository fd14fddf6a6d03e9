"""Bulk conversion of text to float64 and back, much faster than cell by cell.

The C library (`decimals`) parses plain numbers. Without it, or when there are spaces, orjson does:
lines of plain numbers are almost a JSON array, which it reads and writes exactly. A text that
`float_conversion.read_number` might read differently returns None; the caller then reads it cell by
cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from tandem.data.text import decimals

# Where a number of JSON and one of Python could differ, JSON has none, or another byte stands. One
# beyond the range of float64, which Python reads as infinite, is none of JSON's for orjson.
_PLAIN = b"0123456789.,-+eE \n"
# What is read at a time: its texts and numbers stay in the processor's cache.
_RUN = 1 << 16
_COMMA, _OPENING, _CLOSING = b",[]"
# JSON's reader makes an integer of it, which has no sign.
_MINUS_ZERO = re.compile(rb"-0(?=[],\s])")
# The one float32 whose fewest digits, read as float64 and rounded once more, are its neighbour.
_TWICE_ROUNDED, _ROUNDED_ONCE = b"7.038531e-26", b"7.0385307e-26"
_WRITES = (np.dtype(np.float32), np.dtype(np.float64))


def read_matrix(lines: bytes, width: int) -> NDArray[np.float64] | None:
    """Parse lines of `width` numbers each, an empty cell as NaN; the last line break is optional.

    Returns float64 of shape (lines, width); None when a cell is not plainly a number.
    """
    matrix = decimals.read_matrix(lines, width)
    return read_with_orjson(lines, width) if matrix is None else matrix


def read_with_orjson(lines: bytes, width: int) -> NDArray[np.float64] | None:
    """Parse lines with orjson; arguments and result as in `read_matrix`."""
    blocks = []
    for run in _split_runs(lines):
        block = _read_block(run)
        if block is None or block.shape[1] != width:
            return None
        blocks.append(block)
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def read_column(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """Parse cells, an empty one as NaN.

    Returns float64 of shape (cells,); None when a cell is not plainly a number.
    """
    text = ",".join(cells).encode()
    if b"\n" in text:  # an article among the cells has many lines, each of which would be a row
        return None
    block = decimals.read_matrix(text, len(cells))
    if block is None:
        block = _read_block(text) if text.isascii() else None
    return None if block is None or block.shape != (1, len(cells)) else block[0]


def _split_runs(lines: bytes) -> Iterator[bytes]:
    start = 0
    while len(lines) - start > 2 * _RUN and (end := lines.rfind(b"\n", start, start + _RUN)) >= 0:
        yield lines[start : end + 1]
        start = end + 1
    yield lines[start:]


def _read_block(lines: bytes) -> NDArray[np.float64] | None:
    text = lines.replace(b"\r\n", b"\n").removesuffix(b"\n")
    if text.translate(None, _PLAIN):
        return None
    array = b"[[%b]]" % text.replace(b"\n", b"],[")
    rows = _load_rows(array) or _load_rows(_fill_empty(array))
    if rows is None or len(set(map(len, rows))) != 1:
        return None
    values = np.array(rows, dtype=np.float64)
    if np.count_nonzero(values) < values.size and _MINUS_ZERO.search(array):
        values = np.array(
            _load_rows(_MINUS_ZERO.sub(b"-0.0", _fill_empty(array))), dtype=np.float64
        )
    return values


def _load_rows(array: bytes) -> list[list[float | None]] | None:
    try:
        rows: list[list[float | None]] = orjson.loads(array)
    except orjson.JSONDecodeError:
        return None
    return rows


def _fill_empty(array: bytes) -> bytes:
    """Return the JSON text with `null` in its empty cells."""
    marks = np.frombuffer(array, dtype=np.uint8)
    commas = marks == _COMMA
    opened, closed = commas | (marks == _OPENING), commas | (marks == _CLOSING)
    gaps = (np.flatnonzero(opened[:-1] & closed[1:]) + 1).tolist()
    return b"null".join([array[start:end] for start, end in pairwise((0, *gaps, len(array)))])


def write_json(values: NDArray[Any]) -> bytes | None:
    """Format a float32 or float64 array of any shape as JSON, NaN as `null`.

    A number has the fewest digits that read back to the identical value; a whole float32 has no
    `.0`. Returns None for an infinite number or another dtype.
    """
    if values.dtype not in _WRITES:
        return None
    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
    if b"n" in text and np.isinf(values).any():
        return None
    if values.dtype == np.float32:
        text = text.replace(b".0,", b",").replace(b".0]", b"]")
        text = text.replace(_TWICE_ROUNDED, _ROUNDED_ONCE)
    return text


def write_lines(values: NDArray[Any]) -> bytes | None:
    """Format a matrix of shape (rows, columns) as CSV lines, NaN as an empty cell.

    The last line has no line break. Returns None where `write_json` does.
    """
    text = write_json(values)
    return None if text is None else text[2:-2].replace(b"],[", b"\n").replace(b"null", b"")

"""Binding to decimals.c, which parses lines of plain numbers in a third of orjson's time."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int64, c_uint64, c_void_p
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tandem.data.text.line_breaks import count_line_breaks
from tandem.io import native_library

_POWERS = 64  # as in decimals.c


class _Power(ctypes.Structure):
    """`Power` in decimals.c."""

    _fields_ = (("high", c_uint64), ("low", c_uint64), ("exponent", c_int64))


def _compute_power(q: int) -> _Power:
    """Return the first 128 bits of 5^q, rounded down."""
    five = 5 ** abs(q)
    if q < 0:
        exponent = -127 - five.bit_length()
        bits = (1 << -exponent) // five
    else:
        exponent = five.bit_length() - 128
        bits = five << -exponent if exponent < 0 else five >> exponent
    return _Power(bits >> 64, bits & ((1 << 64) - 1), exponent)


_LIBRARY = native_library.load_library(Path(__file__).with_suffix(".c"))
POWERS_OF_FIVE = (_Power * (2 * _POWERS + 1))(*map(_compute_power, range(-_POWERS, _POWERS + 1)))
if _LIBRARY is not None:
    _LIBRARY.tandem_decimals.argtypes = [c_char_p, c_int64, c_int64, c_void_p, c_void_p, c_int64]
    _LIBRARY.tandem_decimals.restype = c_int64


def read_matrix(lines: bytes, width: int) -> NDArray[np.float64] | None:
    """Parse lines of `width` JSON numbers each, an empty cell as NaN.

    Returns float64 of shape (lines, width); None when a cell is not plainly a number, a line has
    another width, or the C library is not available.
    """
    if _LIBRARY is None or not lines:
        return None
    capacity = count_line_breaks(lines) + (not lines.endswith(b"\n"))
    values = np.empty((capacity, width))
    address = values.__array_interface__["data"][0]
    rows = _LIBRARY.tandem_decimals(lines, len(lines), width, POWERS_OF_FIVE, address, capacity)
    return values if rows == capacity else None

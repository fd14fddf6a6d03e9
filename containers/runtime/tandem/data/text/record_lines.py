"""Binding to record_lines.c, which parses lines of plain numbers and known words."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Collection, Mapping, Sequence
from ctypes import c_char_p, c_double, c_int32, c_int64, c_uint32, c_void_p
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tandem.data.text.decimals import POWERS_OF_FIVE
from tandem.io import native_library
from tandem.io.native_library import find_address

_IGNORED, _NUMBER, _WORD, _TEXT = range(4)  # as in record_lines.c
_NUMBER_STARTS = frozenset("-0123456789")
_NO_SPANS = np.empty((0, 0, 2), dtype=np.int64)
_ENTRY = np.dtype([("start", "u4"), ("length", "u4"), ("code", "i4")])


class _Column(ctypes.Structure):
    """`Column` in record_lines.c."""

    _fields_ = (
        *(("low", c_double), ("high", c_double), ("first", c_uint32), ("mask", c_uint32)),
        *(("kind", c_int32), ("complete", c_int32), ("like_number", c_int64)),
    )


class _Layout(ctypes.Structure):
    """`Layout` in record_lines.c."""

    _fields_ = (
        *(("columns", c_void_p), ("words", c_void_p), ("text", c_char_p)),
        *(("powers", c_void_p), ("width", c_int64)),
    )


@dataclass(frozen=True)
class NumberCells:
    """A column of numbers from `low` to `high`; the words `missing` stand for a missing one.

    In a `complete` column no number is missing.
    """

    missing: Collection[str]
    low: float = -math.inf
    high: float = math.inf
    complete: bool = False


@dataclass(frozen=True)
class WordCells:
    """A column of known words, each with its code, 0 or more."""

    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TextCells:
    """A column of any texts, all with one code."""

    code: int


class ParsedLines(NamedTuple):
    """The cells of lines, in the order of their columns.

    `numbers` has shape (rows, number columns), `codes` (rows, columns of words and of texts).
    `spans` are the begin and the end of each text in the lines, shape (rows, text columns, 2).
    """

    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]
    spans: NDArray[np.int64]


Cells = NumberCells | WordCells | TextCells | None  # None: any text, which is not read


@cache
def load_library() -> ctypes.CDLL | None:
    """Return the compiled record_lines.c; None where this machine has none."""
    source = Path(__file__).with_suffix(".c")
    library = native_library.load_library(source, "tandem_read_lines", "tandem_count_lines")
    if library is None:
        return None
    library.tandem_add_word.argtypes = [
        *(c_void_p, c_uint32, c_char_p, c_uint32, c_uint32, c_int32),
    ]
    library.tandem_add_word.restype = None
    library.tandem_read_lines.argtypes = [
        *(c_void_p, c_char_p, c_int64, c_void_p, c_void_p, c_void_p, c_int64),
    ]
    library.tandem_read_lines.restype = c_int64
    library.tandem_count_lines.argtypes = [c_char_p, c_int64]
    library.tandem_count_lines.restype = c_int64
    return library


class RecordLines:
    """A reader of lines with a fixed sequence of columns; thread-safe."""

    def __init__(self, columns: Sequence[Cells], library: ctypes.CDLL) -> None:
        tables = [_list_codes(column) for column in columns]
        words = [word.encode() for table in tables for word in table]
        self._text = b"".join(words)
        sizes = [1 << (2 * len(table) + 1).bit_length() for table in tables]
        entries = np.zeros(sum(sizes), dtype=_ENTRY)
        entries["code"] = -1
        described, start, first = [], 0, 0
        for column, table, size in zip(columns, tables, sizes, strict=True):
            address = find_address(entries) + first * _ENTRY.itemsize
            for word, code in table.items():
                length = len(word.encode())
                library.tandem_add_word(address, size - 1, self._text, start, length, code)
                start += length
            described.append(_describe_column(column, first, size - 1))
            first += size
        self._arrays = entries, (_Column * len(columns))(*described)  # which the layout points into
        self._layout = _Layout(
            *(ctypes.addressof(self._arrays[1]), find_address(entries), self._text),
            *(ctypes.addressof(POWERS_OF_FIVE), len(columns)),
        )
        self._address = ctypes.addressof(self._layout)
        self._numbers = sum(isinstance(column, NumberCells) for column in columns)
        self._texts = sum(isinstance(column, TextCells) for column in columns)
        self._words = self._texts + sum(isinstance(column, WordCells) for column in columns)
        self._read, self._count = library.tandem_read_lines, library.tandem_count_lines

    def read(self, lines: bytes) -> ParsedLines | None:
        """Parse lines.

        Return None when a cell is quoted, is neither a plain number nor a known word, or when a
        number is out of range, a row has another width, or the text is not UTF-8.
        """
        if not lines or not _is_utf8(lines):
            return None
        rows = self._count(lines, len(lines)) + (not lines.endswith(b"\n"))
        numbers = np.empty((rows, self._numbers))
        codes = np.empty((rows, self._words), dtype=np.int32)
        spans = np.empty((rows, self._texts, 2), np.int64) if self._texts else _NO_SPANS
        places = find_address(numbers), find_address(codes), find_address(spans)
        if self._read(self._address, lines, len(lines), *places, rows) != rows:
            return None
        return ParsedLines(numbers, codes, spans)


def _is_utf8(lines: bytes) -> bool:
    if lines.isascii():
        return True
    try:
        lines.decode()
    except UnicodeDecodeError:
        return False
    return True


def _list_codes(column: Cells) -> Mapping[str, int]:
    if isinstance(column, NumberCells):
        return dict.fromkeys(column.missing, 0)
    return column.codes if isinstance(column, WordCells) else {}


def _describe_column(column: Cells, first: int, mask: int) -> _Column:
    if isinstance(column, NumberCells):
        like_number = any(word[:1] in _NUMBER_STARTS for word in column.missing if word)
        kind = (_NUMBER, column.complete, like_number)
        return _Column(column.low, column.high, first, mask, *kind)
    if isinstance(column, TextCells):
        return _Column(0.0, 0.0, column.code, 0, _TEXT, 0, 0)
    return _Column(0.0, 0.0, first, mask, _WORD if column else _IGNORED, 0, 0)

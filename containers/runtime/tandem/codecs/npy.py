"""NPY (NumPy Enhancement Proposal 1): one array of numbers; nothing is ever unpickled.

Two dimensions are rows and columns; one dimension is one row. Responses have two.
"""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.data.rows.dense_matrix import DenseMatrix
from tandem.data.tables import NoRow, Table
from tandem.errors import BadData, Location, NotAcceptable

_MAGIC = b"\x93NUMPY"
_LENGTHS = {1: struct.Struct("<H"), 2: struct.Struct("<I"), 3: struct.Struct("<I")}
_DTYPE = re.compile(r"'descr':\s*'([<>|=]?(?:b1|[iu][1248]|f[248]))'")
_ORDER = re.compile(r"'fortran_order':\s*(True|False)")
_SHAPE = re.compile(r"'shape':\s*\((\d{1,18}),\s*(?:(\d{1,18}),?\s*)?\)")


class _Npy:
    media_types: tuple[str, ...] = ("application/x-npy",)
    aliases: tuple[str, ...] = ("npy",)
    border: bytes | None = None
    reads: str = (
        "an array of rows and columns, or one row, of integers, floats (16 to 64 bits) or booleans"
        " in either byte order; numbers only, and never a pickle"
    )
    writes: str = "an array of rows and columns, the label first where there is one"

    def open_body(self, body: bytes, _: Mapping[str, str], file: str | None = None) -> DenseMatrix:
        return DenseMatrix(_read_array(body, file), file)

    def encode(self, table: Table) -> bytes:
        if table.has_texts:
            raise NotAcceptable("texts cannot be written as NPY")
        matrix = table.numbers
        bare = table.label is None and not table.outputs and matrix.shape[1]
        if not bare or matrix.dtype != np.float32:
            matrix = _stack_columns(table.list_columns(), len(table))
        return _write_header(matrix.dtype.str, matrix.shape) + matrix.tobytes()


def _stack_columns(columns: Sequence[NDArray[Any]], rows: int) -> NDArray[np.floating[Any]]:
    wide = any(column.dtype != np.float32 for column in columns)
    matrix = np.empty((rows, len(columns)), np.dtype("<f8" if wide else "<f4"))
    for index, column in enumerate(columns):
        matrix[:, index] = column
    return matrix


@lru_cache(256)
def _write_header(kind: str, shape: tuple[int, ...]) -> bytes:
    """Return the NPY header of an array of this dtype and shape."""
    out = io.BytesIO()
    description = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(out, description)
    return out.getvalue()


def _read_array(body: bytes, file: str | None) -> NDArray[np.generic]:
    where = Location(file)
    header, data = _split_header(body, where)
    dtype, order, shape = _parse_header(header)
    if dtype is None:
        raise BadData(
            "the array does not hold numbers",
            where=where,
            remedy="Send integers, floats or booleans; objects would have to be unpickled",
        )
    if order is None or shape is None:
        raise BadData("the array must have rows and columns, or be one row", where=where)
    sizes = [int(size) for size in shape.groups() if size is not None]
    kind = np.dtype(dtype[1])
    if math.prod(sizes) * kind.itemsize != len(data):
        raise BadData("the array's data do not have the length its shape says", where=where)
    rows, columns = sizes if len(sizes) == 2 else (1, sizes[0])
    if not rows:
        raise NoRow("there is no row", where=where)
    values = np.frombuffer(data, kind)
    return values.reshape((rows, columns), order="F" if order[1] == "True" else "C")


@lru_cache(32)
def _parse_header(header: str) -> tuple[re.Match[str] | None, ...]:
    return tuple(rule.search(header) for rule in (_DTYPE, _ORDER, _SHAPE))


def _split_header(body: bytes, where: Location) -> tuple[str, memoryview]:
    broken = BadData("is not an NPY array", where=where)
    length = _LENGTHS.get(body[len(_MAGIC)]) if len(body) > len(_MAGIC) else None
    start = len(_MAGIC) + 2 + (length.size if length else 0)
    if not body.startswith(_MAGIC) or length is None or len(body) < start:
        raise broken
    end = start + length.unpack_from(body, len(_MAGIC) + 2)[0]
    if len(body) < end:
        raise broken
    return body[start:end].decode("latin-1"), memoryview(body)[end:]


CODEC = _Npy()

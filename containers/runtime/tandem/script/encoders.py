"""JSON, CSV and NPY to an array and back, for scripts without functions of their own.

(scikit-learn container, `_encoders.py`: the array of each content type.) Nothing is ever unpickled.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

JSON = "application/json"
CSV = "text/csv"
NPY = "application/x-npy"
TEXT_TYPES = (JSON, CSV)

Array = NDArray[Any]


class UnsupportedFormatError(Exception):
    """A content type that cannot be read (HTTP 415) or written (406)."""

    def __init__(self, content_type: str, *arguments: object) -> None:
        super().__init__(content_type, *arguments)
        self.content_type = content_type

    def __str__(self) -> str:
        return f"content type {self.content_type!r} is not supported"


def npy_to_numpy(body: bytes) -> Array:
    """Return the array of an NPY body. Raises ValueError when it holds pickled objects."""
    array: Array = np.load(io.BytesIO(body), allow_pickle=False)
    return array


def json_to_numpy(text: str | bytes, dtype: DTypeLike | None = None) -> Array:
    """Return nested JSON lists as an array."""
    return np.array(json.loads(text), dtype=dtype)


def csv_to_numpy(text: str | bytes, dtype: DTypeLike | None = None) -> Array:
    """Return CSV as an array without axes of length 1: float64, or text where a cell is no number.

    With `dtype` all cells have that type. Raises ValueError when rows differ in length, or a cell
    does not fit `dtype`.
    """
    cells = read_csv_rows(text).squeeze()
    if dtype is not None:
        return cells.astype(dtype)
    try:
        return cells.astype(np.float64)
    except ValueError:
        return cells


def read_csv_rows(text: str | bytes) -> Array:
    """Return CSV as text of shape (rows, columns). Raises ValueError for rows of other lengths."""
    decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    try:
        rows = [row for row in csv.reader(io.StringIO(decoded), strict=True) if row]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise ValueError(f"row {number} has {len(row)} fields and row 1 {len(rows[0])}")
    return np.array(rows, dtype=np.str_)


def array_to_npy(values: Any) -> bytes:
    """Return an array as NPY. Raises ValueError when it holds objects, which would be pickled."""
    stream = io.BytesIO()
    np.save(stream, to_dense(values), allow_pickle=False)
    return stream.getvalue()


def array_to_json(values: Any) -> str:
    """Return arrays, also nested in lists and dictionaries, as JSON."""
    return json.dumps(values, default=_to_list)


def array_to_csv(values: Any) -> str:
    """Return CSV with one line a row; a one-dimensional array is a column."""
    array = np.asarray(to_dense(values))
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(array.reshape(len(array), -1))
    return stream.getvalue()


def to_dense(values: Any) -> Any:
    """Return a sparse matrix as an array, and any other value unchanged."""
    return values.toarray() if hasattr(values, "toarray") else values


_DECODERS: Mapping[str, Callable[[Any], Array]] = {
    NPY: npy_to_numpy,
    CSV: csv_to_numpy,
    JSON: json_to_numpy,
}
_ENCODERS: Mapping[str, Callable[[Any], str | bytes]] = {
    NPY: array_to_npy,
    CSV: array_to_csv,
    JSON: array_to_json,
}


def decode(body: Any, content_type: str) -> Array:
    """Return a body as an array.

    Raises UnsupportedFormatError, and ValueError when the body is invalid.
    """
    if content_type not in _DECODERS:
        raise UnsupportedFormatError(content_type)
    return _DECODERS[content_type](body)


def encode(values: Any, content_type: str) -> str | bytes:
    """Return an array as a body. Raises UnsupportedFormatError."""
    if content_type not in _ENCODERS:
        raise UnsupportedFormatError(content_type)
    return _ENCODERS[content_type](values)


def _to_list(value: Any) -> Any:
    value = to_dense(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")

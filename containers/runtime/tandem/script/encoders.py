"""JSON, CSV and NPY to an array and back, for scripts that do not read or write by themselves.

(scikit-learn container, `_encoders.py`: what each content type becomes.) Nothing is ever unpickled.
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
    """There is no reading or no writing of this content type: 415, or 406 for an answer."""

    def __init__(self, content_type: str, *arguments: object) -> None:
        super().__init__(content_type, *arguments)
        self.content_type = content_type

    def __str__(self) -> str:
        return f"content type {self.content_type!r} is not supported"


def npy_to_numpy(body: bytes) -> Array:
    """Read an array in NPY form. Raises ValueError for objects, which would be pickled."""
    array: Array = np.load(io.BytesIO(body), allow_pickle=False)
    return array


def json_to_numpy(text: str | bytes, dtype: DTypeLike | None = None) -> Array:
    """Read nested JSON lists as an array."""
    return np.array(json.loads(text), dtype=dtype)


def csv_to_numpy(text: str | bytes, dtype: DTypeLike | None = None) -> Array:
    """Read rows as an array without its axes of length 1; words stay words where no type is asked.

    Raises ValueError for rows of different lengths, and for a word where `dtype` is a number.
    """
    cells = read_csv_rows(text).squeeze()
    if dtype is not None:
        return cells.astype(dtype)
    try:
        return cells.astype(np.float64)
    except ValueError:
        return cells


def read_csv_rows(text: str | bytes) -> Array:
    """Read CSV as texts of shape (rows, columns). Raises ValueError for uneven rows."""
    decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    try:
        found = [row for row in csv.reader(io.StringIO(decoded), strict=True) if row]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    for number, row in enumerate(found, start=1):
        if len(row) != len(found[0]):
            raise ValueError(f"row {number} has {len(row)} fields and row 1 {len(found[0])}")
    return np.array(found, dtype=np.str_)


def array_to_npy(values: Any) -> bytes:
    """Write an array in NPY form. Raises ValueError for objects, which would be pickled."""
    stream = io.BytesIO()
    np.save(stream, to_dense(values), allow_pickle=False)
    return stream.getvalue()


def array_to_json(values: Any) -> str:
    """Write arrays, and whatever holds them, as JSON."""
    return json.dumps(values, default=_to_list)


def array_to_csv(values: Any) -> str:
    """Write one line a row; a flat array is a column."""
    array = np.asarray(to_dense(values))
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(array.reshape(len(array), -1))
    return stream.getvalue()


def to_dense(values: Any) -> Any:
    """Return a sparse matrix as an array, and anything else as it is."""
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
    """Read a body as an array. Raises UnsupportedFormatError, and ValueError for a broken body."""
    if content_type not in _DECODERS:
        raise UnsupportedFormatError(content_type)
    return _DECODERS[content_type](body)


def encode(values: Any, content_type: str) -> str | bytes:
    """Write an array as a body. Raises UnsupportedFormatError."""
    if content_type not in _ENCODERS:
        raise UnsupportedFormatError(content_type)
    return _ENCODERS[content_type](values)


def _to_list(value: Any) -> Any:
    value = to_dense(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")

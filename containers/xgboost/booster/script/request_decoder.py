"""Bodies of requests as XGBoost matrices, with the codecs that training reads with.

A column that a LIBSVM or recordio-protobuf row leaves out is missing, never zero, and no index is
shifted: serving reads what `folder_reader.get_dmatrix` reads in training.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import DTypeLike

from booster.data.float32 import to_float32
from tandem import codecs
from tandem.codecs import content_negotiation
from tandem.script.encoders import CSV, UnsupportedFormatError

LIBSVM = "text/libsvm"
X_LIBSVM = "text/x-libsvm"
X_RECORDIO_PROTOBUF = "application/x-recordio-protobuf"


def csv_to_dmatrix(
    input: str | bytes,  # noqa: A002 - scripts may name it
    dtype: DTypeLike | None = None,
) -> xgb.DMatrix:
    """Read rows of numbers without a label; an empty cell is missing.

    The delimiter is the comma or, where the first row has none, a tab, semicolon, bar or blank.
    `dtype` is the type cells are read as, float64 by default. Raises ValueError, naming the row,
    when rows differ in length or a cell is a word.
    """
    text = input.decode("utf-8") if isinstance(input, bytes) else input
    lines = text.strip("\r\n").splitlines()
    delimiter = next((mark for mark in ",\t;| " if lines and mark in lines[0].strip()), ",")
    cells = [[cell.strip() or "nan" for cell in line.split(delimiter)] for line in lines]
    for number, row in enumerate(cells, start=1):
        if len(row) != len(cells[0]):
            raise ValueError(f"row {number} has {len(row)} fields and row 1 {len(cells[0])}")
    return xgb.DMatrix(np.array(cells).astype(np.float64 if dtype is None else dtype))


def libsvm_to_dmatrix(string_like: str | bytes) -> xgb.DMatrix:
    """Read LIBSVM rows, with or without a label each; labels are left out."""
    return _decode(string_like, LIBSVM)


def recordio_protobuf_to_dmatrix(string_like: bytes) -> xgb.DMatrix:
    """Read records in Amazon's RecordIO-Protobuf form; labels are left out.

    Raises BadData when a record is damaged.
    """
    return _decode(string_like, X_RECORDIO_PROTOBUF)


def json_to_jsonlines(json_data: str | Mapping[str, Any]) -> bytes:
    """Return the entries of a JSON object's only list as lines.

    Raises ValueError when an object has several members, or none.
    """
    content = json_data if isinstance(json_data, Mapping) else json.loads(json_data)
    if len(content) != 1:
        raise ValueError("JSON Lines are made of an object with one member, a list")
    stream = io.BytesIO()
    for entry in next(iter(content.values())):
        stream.write(json.dumps(entry).encode() + b"\n")
    return stream.getvalue()


def decode(obj: Any, content_type: str) -> xgb.DMatrix:
    """Read a body of a content type. Raises UnsupportedFormatError when the type has no matrix."""
    kind, _ = content_negotiation.parse(content_type)
    if kind not in _DECODERS:
        raise UnsupportedFormatError(content_type)
    return _DECODERS[kind](obj)


def _decode(body: str | bytes, content_type: str) -> xgb.DMatrix:
    codec, parameters = codecs.find_decoder(content_type)
    content = body.encode("utf-8") if isinstance(body, str) else bytes(body)
    return xgb.DMatrix(to_float32(codec.open_body(content, parameters, None).read_matrix()))


_DECODERS: Mapping[str, Callable[[Any], xgb.DMatrix]] = {
    CSV: csv_to_dmatrix,
    LIBSVM: libsvm_to_dmatrix,
    X_LIBSVM: libsvm_to_dmatrix,
    X_RECORDIO_PROTOBUF: recordio_protobuf_to_dmatrix,
}

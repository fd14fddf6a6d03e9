"""Reads bodies of requests as XGBoost matrices."""

from booster.script.request_decoder import (
    csv_to_dmatrix,
    decode,
    json_to_jsonlines,
    libsvm_to_dmatrix,
    recordio_protobuf_to_dmatrix,
)

__all__ = [
    "csv_to_dmatrix",
    "decode",
    "json_to_jsonlines",
    "libsvm_to_dmatrix",
    "recordio_protobuf_to_dmatrix",
]

"""Bodies of requests to matrices of XGBoost."""

from booster.script.requests import (
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

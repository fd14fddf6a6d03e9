"""Reads folders of training data as XGBoost matrices."""

from booster.script.folder_reader import (
    CSV,
    LIBSVM,
    PARQUET,
    RECORDIO_PROTOBUF,
    VALID_CONTENT_TYPES,
    check_data_redundancy,
    get_content_type,
    get_csv_dmatrix,
    get_dmatrix,
    get_libsvm_dmatrix,
    get_parquet_dmatrix,
    get_recordio_protobuf_dmatrix,
    get_size,
)

__all__ = [
    "CSV",
    "LIBSVM",
    "PARQUET",
    "RECORDIO_PROTOBUF",
    "VALID_CONTENT_TYPES",
    "check_data_redundancy",
    "get_content_type",
    "get_csv_dmatrix",
    "get_dmatrix",
    "get_libsvm_dmatrix",
    "get_parquet_dmatrix",
    "get_recordio_protobuf_dmatrix",
    "get_size",
]

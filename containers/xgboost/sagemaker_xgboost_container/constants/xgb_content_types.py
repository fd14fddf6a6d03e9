"""The content types of the XGBoost container that framework containers lack."""

from booster.script.folder_reader import X_PARQUET
from booster.script.request_decoder import LIBSVM, X_LIBSVM, X_RECORDIO_PROTOBUF

__all__ = ["LIBSVM", "X_LIBSVM", "X_PARQUET", "X_RECORDIO_PROTOBUF"]

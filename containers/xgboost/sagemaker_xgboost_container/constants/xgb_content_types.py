"""The content types of the XGBoost container that are none of a framework container."""

from booster.script.folders import X_PARQUET
from booster.script.requests import LIBSVM, X_LIBSVM, X_RECORDIO_PROTOBUF

__all__ = ["LIBSVM", "X_LIBSVM", "X_PARQUET", "X_RECORDIO_PROTOBUF"]

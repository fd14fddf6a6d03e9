"""Prediction in place through XGBoost's C API, at a third of `Booster.inplace_predict`'s time.

The library's Python looks at what it was given and makes a proxy matrix on each call. Here a thread
keeps its proxy, and the form of the features is fixed.
"""

from __future__ import annotations

import ctypes
import json
import threading
import weakref
from ctypes import POINTER, byref, c_char_p, c_int, c_uint64, c_void_p

import numpy as np

from booster.model import c_api
from booster.model.c_api import LIBRARY, BoosterHandle, check_call
from tandem.data.arrays import Float32Array

_OPTIONS = json.dumps(
    {
        "type": 0,
        "training": False,
        "iteration_begin": 0,
        "iteration_end": 0,
        "missing": float("nan"),
        "strict_shape": True,
        "cache_id": 0,
    }
).encode()
# `numpy.ndarray.__array_interface__` of C-contiguous float32.
_DENSE = b'{"data":[%d,true],"shape":[%d,%d],"strides":null,"typestr":"<f4","version":3}'
_predict = ctypes.CFUNCTYPE(
    c_int,
    *(c_void_p, c_char_p, c_char_p, c_void_p),
    *(POINTER(c_api.Sizes), POINTER(c_uint64), POINTER(c_api.Floats)),
)(("XGBoosterPredictFromDense", LIBRARY))


class PredictionBuffer:
    """Pointers that the library sets to a prediction."""

    def __init__(self) -> None:
        self._shape, self._dimensions, self._values = c_api.Sizes(), c_uint64(), c_api.Floats()
        self.out = tuple(map(byref, (self._shape, self._dimensions, self._values)))

    def copy(self) -> Float32Array:
        """Return a copy: the thread's next prediction overwrites the library's memory."""
        predictions: Float32Array = np.empty(
            self._shape[: self._dimensions.value], dtype=np.float32
        )
        ctypes.memmove(predictions.__array_interface__["data"][0], self._values, predictions.nbytes)
        return predictions


class _ThreadBuffer(PredictionBuffer):
    """A thread's proxy matrix and prediction buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.proxy = c_void_p()
        check_call(LIBRARY.XGProxyDMatrixCreate(byref(self.proxy)))
        # Not at the program's exit, when another thread may still predict.
        weakref.finalize(self, LIBRARY.XGDMatrixFree, self.proxy).atexit = False


class _Local(threading.local):
    def __init__(self) -> None:
        self.buffer = _ThreadBuffer()


_local = _Local()


class InPlacePredictor:
    """In-place prediction with a tree model; thread-safe."""

    def __init__(self, model: BoosterHandle) -> None:
        self._model = model  # which frees the handle when it goes
        self._handle = model.handle
        self._width = c_api.count_features(model)

    def __call__(self, features: Float32Array) -> Float32Array:
        """Return predictions of shape (rows, outputs) for features of shape (rows, features).

        Missing values are NaN. Raises TypeError when features are not C-contiguous float32, and
        ValueError when their width differs.
        """
        buffer, dense = _local.buffer, describe_array(check_features(features, self._width))
        check_call(_predict(self._handle, dense, _OPTIONS, buffer.proxy, *buffer.out))
        return buffer.copy()


def check_features(features: Float32Array, width: int) -> Float32Array:
    """Return the features unchanged.

    Raises TypeError when they are not C-contiguous float32, and ValueError when their width
    differs.
    """
    if features.dtype != np.float32 or not features.flags.c_contiguous:
        raise TypeError("features in place are C-contiguous float32")
    if features.ndim != 2 or features.shape[1] != width:
        raise ValueError(f"features of shape {features.shape}, not (rows, {width})")
    return features


def describe_array(features: Float32Array) -> bytes:
    """Return the `__array_interface__` of C-contiguous float32 features, as JSON."""
    return _DENSE % (features.__array_interface__["data"][0], *features.shape)

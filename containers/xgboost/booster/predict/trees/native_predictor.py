"""Predictions by native_predictor.c: many times as fast as XGBoost, and equal to the bit."""

from __future__ import annotations

import ctypes
from ctypes import c_float, c_int, c_int32, c_int64, c_void_p
from functools import cache
from pathlib import Path

import numpy as np

from booster.predict.inplace_prediction import check_features
from booster.predict.trees.forest import Forest
from tandem.data.arrays import Float32Array
from tandem.io import native_library
from tandem.io.native_library import find_address


class _Model(ctypes.Structure):
    """`Model` of native_predictor.c."""

    _fields_ = (
        *((name, c_void_p) for name in ("nodes", "weights", "trees", "base", "sets", "bits")),
        *((name, c_int32) for name in ("count", "features", "outputs", "link")),
        ("categorical", c_int32),
    )


@cache
def load_library() -> ctypes.CDLL | None:
    """Return the compiled native_predictor.c; None where this machine has none."""
    library = native_library.load_library(Path(__file__).with_suffix(".c"), "tandem_walk")
    if library is None:
        return None
    library.tandem_walk.argtypes = [c_void_p, c_void_p, c_int64, c_void_p]
    library.tandem_walk.restype = c_int
    library.tandem_margin.argtypes = [c_int32, c_float]
    library.tandem_margin.restype = c_float
    return library


class NativePredictor:
    """Predictions of a forest; thread-safe."""

    def __init__(self, forest: Forest, library: ctypes.CDLL) -> None:
        begins = [library.tandem_margin(forest.link, score) for score in forest.base.tolist()]
        base = np.array(begins, dtype=np.float32)
        self._arrays = forest, base  # which the model points into
        parts = (forest.nodes, forest.weights, forest.trees, base)
        pointers = map(find_address, (*parts, forest.sets.sets, forest.sets.bits))
        self._width, self._outputs = forest.features, forest.outputs
        counts = (len(forest.trees), self._width, len(base), forest.link)
        self._model = _Model(*pointers, *counts, bool(len(forest.sets.sets)))
        self._address = ctypes.addressof(self._model)
        self._predict = library.tandem_walk

    def __call__(self, features: Float32Array) -> Float32Array:
        """Return predictions of shape (rows, outputs) for features of shape (rows, features).

        Missing values are NaN. Raises TypeError when features are not C-contiguous float32, and
        ValueError when their width differs.
        """
        rows = len(check_features(features, self._width))
        predictions: Float32Array = np.empty((rows, self._outputs), dtype=np.float32)
        if self._predict(self._address, find_address(features), rows, find_address(predictions)):
            raise MemoryError
        return predictions

"""Predictions that need an XGBoost matrix: explanations, and those of linear models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_void_p
from enum import IntEnum

from booster.model.c_api import LIBRARY, BoosterHandle, check_call
from booster.predict.inplace_prediction import PredictionBuffer, describe_array
from tandem.data.arrays import Float32Array

_MATRIX_OPTIONS = json.dumps({"missing": float("nan"), "nthread": 1}).encode()


class PredictType(IntEnum):
    """The kinds of prediction of `XGBoosterPredictFromDMatrix`, by their numbers."""

    PREDICTION = 0
    CONTRIBUTIONS = 2
    INTERACTIONS = 4
    LEAF = 6


def predict_dmatrix(
    model: BoosterHandle, features: Float32Array, predict_type: PredictType
) -> Float32Array:
    """Return a prediction of this type, float32 of shape (rows, values).

    `features` are C-contiguous, of shape (rows, features). Raises LibraryError when a model of this
    kind has no such prediction.
    """
    # In their strict shape the leaves of trees with several outputs are refused (XGBoost 3.2.0).
    options = {"type": predict_type, "training": False, "iteration_begin": 0, "iteration_end": 0}
    config = json.dumps(options | {"strict_shape": False}).encode()
    with _open_matrix(features) as matrix:
        buffer = PredictionBuffer()
        check_call(LIBRARY.XGBoosterPredictFromDMatrix(model.handle, matrix, config, *buffer.out))
        return buffer.copy().reshape(len(features), -1)


@contextmanager
def _open_matrix(features: Float32Array) -> Iterator[c_void_p]:
    matrix = c_void_p()
    check_call(
        LIBRARY.XGDMatrixCreateFromDense(describe_array(features), _MATRIX_OPTIONS, byref(matrix))
    )
    try:
        yield matrix
    finally:
        LIBRARY.XGDMatrixFree(matrix)

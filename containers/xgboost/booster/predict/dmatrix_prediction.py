"""What takes a matrix of XGBoost's: explanations of rows, and a linear model's predictions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_void_p
from enum import IntEnum

from booster.model.c_api import LIBRARY, Held, check
from booster.predict.inplace_prediction import Answer, described
from tandem.data.arrays import Float32Array

_MADE = json.dumps({"missing": float("nan"), "nthread": 1}).encode()


class What(IntEnum):
    """What the library is asked for; the numbers are those of `XGBoosterPredictFromDMatrix`."""

    PREDICTION = 0
    CONTRIBUTIONS = 2
    INTERACTIONS = 4
    LEAF = 6


def explained(model: Held, features: Float32Array, what: What) -> Float32Array:
    """Ask of each row; `features` are C-contiguous, and so is the answer, shape (rows, values).

    Raises Refused for what a model of this kind has not.
    """
    # In their strict shape the leaves of trees with several outputs are refused (XGBoost 3.2.0).
    options = {"type": what, "training": False, "iteration_begin": 0, "iteration_end": 0}
    asked = json.dumps(options | {"strict_shape": False}).encode()
    with _matrix(features) as matrix:
        answer = Answer()
        check(LIBRARY.XGBoosterPredictFromDMatrix(model.handle, matrix, asked, *answer.out))
        return answer.taken().reshape(len(features), -1)


@contextmanager
def _matrix(features: Float32Array) -> Iterator[c_void_p]:
    matrix = c_void_p()
    check(LIBRARY.XGDMatrixCreateFromDense(described(features), _MADE, byref(matrix)))
    try:
        yield matrix
    finally:
        LIBRARY.XGDMatrixFree(matrix)

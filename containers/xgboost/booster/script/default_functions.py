"""The default inference functions of scripts, as in Amazon's XGBoost container.

Source: aws/sagemaker-xgboost-container, `handler_service.py`: a request becomes a DMatrix, the
model's `predict` runs without a check of names, and the prediction is encoded as an array. Amazon
has no default `model_fn`; here the model file of an artifact is loaded where there is one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xgboost as xgb

from booster.model import booster_io
from booster.script import request_decoder
from tandem.errors import BadData
from tandem.script.inference_functions import DefaultFunctions, default_output_fn


def make_defaults() -> DefaultFunctions:
    """Return the four default functions."""
    return DefaultFunctions(load_model, read_matrix, predict, default_output_fn)


def load_model(model_dir: str) -> xgb.Booster:
    """Load `xgboost-model` in UBJSON or JSON form; rounds after the best one are cut off.

    Raises UserError when there is none or it is a pickle, which only a script's own `model_fn`
    loads.
    """
    return booster_io.load_best(Path(model_dir))


def read_matrix(body: Any, content_type: str) -> xgb.DMatrix:
    """Read a request as a DMatrix of shape (rows, features).

    Raises UnsupportedFormatError for another content type, and BadData when the body is malformed.
    """
    try:
        return request_decoder.decode(body, content_type)
    except ValueError as error:
        raise BadData(f"the body cannot be read as {content_type}: {error}") from error


def predict(matrix: xgb.DMatrix, model: Any) -> Any:
    """Return the model's prediction, shape (rows,) or (rows, classes)."""
    return model.predict(matrix, validate_features=False)

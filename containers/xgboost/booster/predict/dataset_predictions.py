"""Predictions for the rows of a data set, a batch at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.data.dataset import Dataset
from booster.predict.predictor_selection import find_native_predictor
from booster.predict.trees.threaded_prediction import open_threaded


def predict_rows(dataset: Dataset, model: xgb.Booster, **options: Any) -> NDArray[np.float32]:
    """Return a model's predictions for all rows, shape (rows,) or (rows, outputs).

    `options` are those of `xgboost.Booster.predict`; with any, the shape is that of the option.
    """
    native = None if options else find_native_predictor(model)
    if native is not None:
        with open_threaded(native, model) as predict:
            predictions = np.concatenate([predict(values) for _, values in dataset.read_batches()])
        return predictions[:, 0] if predictions.shape[1] == 1 else predictions
    return np.concatenate(
        [
            model.predict(xgb.DMatrix(values), validate_features=False, **options)
            for _, values in dataset.read_batches()
        ]
    )

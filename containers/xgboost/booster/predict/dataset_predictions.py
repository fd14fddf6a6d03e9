"""Predictions for the rows of a data set, a batch at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.data.dataset import Dataset
from booster.predict.predictor_selection import walked
from booster.predict.trees.threaded_prediction import threaded


def predict_rows(dataset: Dataset, model: xgb.Booster, **options: Any) -> NDArray[np.float32]:
    """Return a model's predictions for all rows, shape (rows,) or (rows, outputs).

    `options` are those of `xgboost.Booster.predict`; with any, the shape is that of the option.
    """
    walk = None if options else walked(model)
    if walk is not None:
        with threaded(walk, model) as predict:
            found = np.concatenate([predict(values) for _, values in dataset.batches()])
        return found[:, 0] if found.shape[1] == 1 else found
    return np.concatenate(
        [
            model.predict(xgb.DMatrix(values), validate_features=False, **options)
            for _, values in dataset.batches()
        ]
    )

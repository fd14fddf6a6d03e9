"""`serve`: features in, predictions out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster import artifact
from booster.precision import single
from tandem.schemas import MatrixSchema
from tandem.tables import Table


class BoosterModel:
    """A booster that answers on one thread, whatever the size of the batch."""

    def __init__(self, booster: xgb.Booster) -> None:
        booster.set_param({"nthread": 1})
        self._booster = booster
        self.schema = MatrixSchema(booster.num_features())
        self._linear = is_linear(booster)

    def predict(self, table: Table) -> Table:
        """Predict, shape (rows, outputs): one output, or one per class for multi:softprob."""
        features = single(table.numbers)
        scores = self._scores(features)
        return Table(np.asarray(scores, dtype=np.float32).reshape(len(features), -1))

    def _scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        # A linear model has no prediction in place.
        if self._linear:
            return self._booster.predict(xgb.DMatrix(features, nthread=1))
        return np.asarray(self._booster.inplace_predict(features))

    def example(self) -> Table:
        """Give one row of zeros."""
        return Table(np.zeros((1, self.schema.width)))


def is_linear(booster: xgb.Booster) -> bool:
    """Say whether a model is linear, and has no trees."""
    name = json.loads(booster.save_config())["learner"]["gradient_booster"]["name"]
    return bool(name == "gblinear")


def load(model_dir: Path) -> BoosterModel:
    """Load `xgboost-model`. Raises UserError when there is none that is safe to load."""
    return BoosterModel(artifact.load(model_dir))

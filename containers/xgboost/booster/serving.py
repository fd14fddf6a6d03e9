"""`serve`: features in, predictions out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster import artifact
from booster.precision import single
from booster.selection import KEYS, Scored, select
from tandem.data.schemas import MatrixSchema
from tandem.data.tables import Output, Table


class BoosterModel:
    """A booster that answers on one thread, whatever the size of the batch."""

    def __init__(self, booster: xgb.Booster) -> None:
        booster.set_param({"nthread": 1})
        self._booster = booster
        self.schema = MatrixSchema(booster.num_features())
        self._linear = is_linear(booster)
        learner = json.loads(booster.save_config())["learner"]
        self._objective = str(learner["objective"]["name"])
        self._classes = int(learner["learner_model_param"]["num_class"])

    @property
    def offered(self) -> Sequence[str]:
        """The names of the outputs beside the prediction."""
        return tuple(KEYS)

    def predict(self, table: Table) -> Table:
        """Predict, shape (rows, outputs): one output, or one per class for multi:softprob."""
        return Table(self._scores(single(table.numbers)))

    def select(self, table: Table, names: Sequence[str]) -> Table:
        """Predict and explain; the outputs are those of `booster.selection.KEYS`."""
        features = single(table.numbers)
        scores = self._scores(features)
        rows = Scored(self._booster, self._objective, self._classes, features, scores)
        return Table(scores, outputs=tuple(Output(name, select(rows, name)) for name in names))

    def _scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._linear:  # which has no prediction in place
            scores = self._booster.predict(xgb.DMatrix(features, nthread=1))
        else:
            scores = self._booster.inplace_predict(features)
        return np.asarray(scores, dtype=np.float32).reshape(len(features), -1)

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

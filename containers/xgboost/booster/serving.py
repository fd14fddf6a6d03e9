"""`serve`: features in, predictions out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import xgboost as xgb

from booster import artifact
from booster.categorical import Categorical, coded, kept
from booster.inplace import Floats, InPlace
from booster.precision import single
from booster.selection import KEYS, Scored, select
from tandem.data.schemas import MatrixSchema
from tandem.data.tables import Output, Table
from tandem.errors import UserError, Where

# Objectives whose answer is the class itself: several models vote, and do not average.
_VOTES = frozenset({"multi:softmax", "binary:hinge"})


class BoosterModel:
    """A booster, or those of several folds, on one thread, whatever the size of the batch.

    Raises UserError when the boosters differ in features, objective, classes or kind.
    """

    def __init__(self, *boosters: xgb.Booster) -> None:
        for booster in boosters:
            booster.set_param({"nthread": 1})
        self._boosters = boosters
        shapes = {_shape(booster) for booster in boosters}
        if len(shapes) != 1:
            raise UserError(
                "the models of the folds differ in features, objective, classes or booster"
            )
        width, self._objective, self._classes, kind, names, self._categorical = shapes.pop()
        known = {names[c.place]: c.texts for c in self._categorical if c.texts} if names else {}
        self.schema = MatrixSchema(width, names, known)
        self._titles = names or [str(place + 1) for place in range(width)]
        self._predict = [_predictor(booster, kind) for booster in boosters]

    @property
    def offered(self) -> Sequence[str]:
        """The names of the outputs beside the prediction."""
        return tuple(KEYS)

    def predict(self, table: Table) -> Table:
        """Predict, shape (rows, outputs): one output, or one per class for multi:softprob."""
        return Table(self._scores(self._features(table)))

    def select(self, table: Table, names: Sequence[str]) -> Table:
        """Predict and explain; the outputs are those of `booster.selection.KEYS`."""
        features = self._features(table)
        scores = self._scores(features)
        rows = Scored(self._boosters, self._objective, self._classes, features, scores)
        return Table(scores, outputs=tuple(Output(name, select(rows, name)) for name in names))

    def _features(self, table: Table) -> Floats:
        features = single(table.numbers)
        return coded(features, self._categorical, Where(row=1), self._titles)

    def _scores(self, features: Floats) -> Floats:
        first, *others = (predict(features) for predict in self._predict)
        if not others:
            return first
        every = np.stack([first, *others])
        return _most_voted(every) if self._objective in _VOTES else _mean(every)

    def example(self) -> Table:
        """Give one row of zeros."""
        return Table(np.zeros((1, self.schema.width)))


def _predictor(booster: xgb.Booster, kind: str) -> Callable[[Floats], Floats]:
    # A linear model has no prediction in place.
    return partial(_from_matrix, booster) if kind == "gblinear" else InPlace(booster)


def _from_matrix(booster: xgb.Booster, features: Floats) -> Floats:
    scores = booster.predict(xgb.DMatrix(features, nthread=1), validate_features=False)
    return np.asarray(scores, dtype=np.float32).reshape(len(features), -1)


def _shape(
    booster: xgb.Booster,
) -> tuple[int, str, int, str, tuple[str, ...] | None, Categorical]:
    learner = json.loads(booster.save_config())["learner"]
    classes = int(learner["learner_model_param"]["num_class"])
    kind = str(learner["gradient_booster"]["name"])
    objective = str(learner["objective"]["name"])
    names = tuple(booster.feature_names) if booster.feature_names else None
    return booster.num_features(), objective, classes, kind, names, kept(booster)


def _mean(every: Floats) -> Floats:
    return np.asarray(every.mean(axis=0, dtype=np.float64), dtype=np.float32)


def _most_voted(every: Floats) -> Floats:
    """Give each row's most frequent class, the smaller one of two that are as frequent."""
    classes = np.unique(every)
    votes = [(every == value).sum(axis=0) for value in classes]
    return np.asarray(classes[np.argmax(votes, axis=0)], dtype=np.float32)


def load(model_dir: Path, *, ensemble: bool = True) -> BoosterModel:
    """Load `xgboost-model`, or the models of all folds, or without `ensemble` the first of them.

    Raises UserError when there is none that is safe to load.
    """
    return BoosterModel(*artifact.load_all(model_dir, ensemble=ensemble))

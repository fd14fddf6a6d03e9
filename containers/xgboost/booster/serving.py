"""`serve`: features in, predictions out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from booster.data.float32 import single
from booster.model import artifact, c_api
from booster.model.c_api import Held, Refused, Trained
from booster.model.category_codes import Categorical, coded, kept
from booster.predict.dmatrix_prediction import What, explained
from booster.predict.output_keys import KEYS, Scored, select
from booster.predict.predictor_selection import predictor
from tandem.data.arrays import Float32Array
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import Output, Table
from tandem.errors import Location, UserError

# Objectives whose answer is the class itself: several models vote, and do not average.
_VOTES = frozenset({"multi:softmax", "binary:hinge"})


class BoosterModel:
    """A booster, or those of several folds, on one thread, whatever the size of the batch.

    Raises UserError when the boosters differ in features, objective, classes or kind.
    """

    def __init__(self, *models: Held) -> None:
        for model in models:
            c_api.one_thread(model)
        self._models = models
        shapes = {_shape(model) for model in models}
        if len(shapes) != 1:
            raise UserError(
                "the models of the folds differ in features, objective, classes or booster"
            )
        width, self._objective, self._classes, kind, names, self._categorical = shapes.pop()
        known = {names[c.place]: c.texts for c in self._categorical if c.texts} if names else {}
        self.schema = MatrixSchema(width, names, known)
        self._titles = names or [str(place + 1) for place in range(width)]
        self._predict = [_predictor(model, kind) for model in models]

    @property
    def offered(self) -> Sequence[str]:
        """The names of the outputs beside the prediction."""
        return tuple(KEYS)

    def predict(self, table: Table) -> Table:
        """Predict, shape (rows, outputs): one output, or one per class for multi:softprob."""
        return Table(self._scores(self._features(table)))

    def select(self, table: Table, names: Sequence[str]) -> Table:
        """Predict and explain; the outputs are those of `booster.predict.output_keys.KEYS`."""
        features = self._features(table)
        scores = self._scores(features)
        rows = Scored(self._models, self._objective, self._classes, features, scores)
        return Table(scores, outputs=tuple(Output(name, select(rows, name)) for name in names))

    def _features(self, table: Table) -> Float32Array:
        features = single(table.numbers)
        return coded(features, self._categorical, Location(row=1), self._titles)

    def _scores(self, features: Float32Array) -> Float32Array:
        first, *others = (predict(features) for predict in self._predict)
        if not others:
            return first
        every = np.stack([first, *others])
        return _most_voted(every) if self._objective in _VOTES else _mean(every)

    def example(self) -> Table:
        """Return one row of zeros."""
        return Table(np.zeros((1, self.schema.width)))


def _predictor(model: Held, kind: str) -> Callable[[Float32Array], Float32Array]:
    if kind == "gblinear":  # which has no prediction in place
        return partial(explained, model, what=What.PREDICTION)
    return predictor(model)


def _shape(model: Held) -> tuple[int, str, int, str, tuple[str, ...] | None, Categorical]:
    learner = c_api.learner(model)
    classes = int(learner["learner_model_param"]["num_class"])
    kind = str(learner["gradient_booster"]["name"])
    objective = str(learner["objective"]["name"])
    names = c_api.feature_info(model, "feature_name") or None
    return c_api.width(model), objective, classes, kind, names, kept(model)


def _mean(every: Float32Array) -> Float32Array:
    return np.asarray(every.mean(axis=0, dtype=np.float64), dtype=np.float32)


def _most_voted(every: Float32Array) -> Float32Array:
    """Return each row's most frequent class, the smaller one of two that are as frequent."""
    classes = np.unique(every)
    votes = [(every == value).sum(axis=0) for value in classes]
    return np.asarray(classes[np.argmax(votes, axis=0)], dtype=np.float32)


def load(model_dir: Path, *, ensemble: bool = True) -> BoosterModel:
    """Load `xgboost-model`, or the models of all folds, or without `ensemble` the first of them.

    Raises UserError when there is none that is safe to load.
    """
    every = artifact.contents(model_dir, ensemble=ensemble)
    return BoosterModel(*(_trained(content, where) for content, where in every))


def _trained(content: bytes, where: Location) -> Trained:
    try:
        model = Trained(content)
    except Refused as refused:
        raise artifact.foreign(where) from refused
    best = c_api.best_rounds(model)
    return model if best is None else model.first(best)

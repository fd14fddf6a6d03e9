"""`serve`: features in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from booster.data.float32 import to_float32
from booster.model import artifact, c_api
from booster.model.c_api import BoosterHandle, LibraryError, LoadedBooster
from booster.model.category_codes import Categorical, clean_codes, read_categories
from booster.predict import explanations
from booster.predict.dmatrix_prediction import PredictType, predict_dmatrix
from booster.predict.output_keys import KEYS, ScoredRows, compute_output
from booster.predict.predictor_selection import choose_predictor, read_forest
from booster.predict.trees.equivalence_check import Predictor
from booster.predict.trees.forest import Forest
from tandem.data.arrays import Float32Array
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import Output, Table
from tandem.errors import Location, UserError

# Objectives that predict the class itself: several models vote instead of averaging.
_VOTING_OBJECTIVES = frozenset({"multi:softmax", "binary:hinge"})


class BoosterModel:
    """A booster, or those of several folds, predicting on one thread for any size of batch.

    Trees and linear models may be averaged. `forests` are the trees of their files, where they were
    read. Raises UserError when the boosters differ in features, objective or classes.
    """

    def __init__(self, *models: BoosterHandle, forests: Sequence[Forest | None] = ()) -> None:
        for model in models:
            c_api.use_one_thread(model)
        self._models = models
        shapes = {_read_shape(model) for model in models}
        if len(shapes) != 1:
            raise UserError("the models of the folds differ in features, objective or classes")
        width, self._objective, self._classes, names, self._categorical = shapes.pop()
        categories = (
            {names[c.place]: c.texts for c in self._categorical if c.texts} if names else {}
        )
        self.schema = MatrixSchema(width, names, categories)
        self._titles = names or [str(place + 1) for place in range(width)]
        pairs = zip(models, forests or [None] * len(models), strict=True)
        self._predict = [_make_predictor(model, forest) for model, forest in pairs]

    @property
    def offered(self) -> Sequence[str]:
        """The names of the outputs beside the prediction."""
        return (*KEYS, explanations.NAME)

    def predict(self, table: Table) -> Table:
        """Return predictions of shape (rows, outputs): one, or for multi:softprob one a class."""
        return Table(self._score(self._read_features(table)))

    def select(self, table: Table, names: Sequence[str]) -> Table:
        """Return predictions with the named outputs, of `booster.predict.output_keys.KEYS`.

        The explanation is by raw column where the table tells the sources of its features.
        """
        features = self._read_features(table)
        scores = self._score(features)
        rows = ScoredRows(self._models, self._objective, self._classes, features, scores)
        outputs: list[Output] = []
        for name in names:
            if name == explanations.NAME:
                outputs += explanations.explain(rows, self._titles, table.sources)
            else:
                outputs.append(Output(name, compute_output(rows, name)))
        return Table(scores, outputs=tuple(outputs))

    def _read_features(self, table: Table) -> Float32Array:
        features = to_float32(table.numbers)
        return clean_codes(features, self._categorical, Location(row=1), self._titles)

    def _score(self, features: Float32Array) -> Float32Array:
        first, *others = (predict(features) for predict in self._predict)
        if not others:
            return first
        every = np.stack([first, *others])
        return _vote(every) if self._objective in _VOTING_OBJECTIVES else _average(every)

    def example(self) -> Table:
        """Return one row of zeros."""
        return Table(np.zeros((1, self.schema.width)))


def _make_predictor(model: BoosterHandle, forest: Forest | None) -> Predictor:
    kind = c_api.read_config(model)["gradient_booster"]["name"]
    if kind == "gblinear":  # which has no prediction in place
        return partial(predict_dmatrix, model, predict_type=PredictType.PREDICTION)
    return choose_predictor(model, forest)


def _read_shape(
    model: BoosterHandle,
) -> tuple[int, str, int, tuple[str, ...] | None, Categorical]:
    learner = c_api.read_config(model)
    classes = int(learner["learner_model_param"]["num_class"])
    objective = str(learner["objective"]["name"])
    names = c_api.read_feature_info(model, "feature_name") or None
    return c_api.count_features(model), objective, classes, names, read_categories(model)


def _average(every: Float32Array) -> Float32Array:
    return np.asarray(every.mean(axis=0, dtype=np.float64), dtype=np.float32)


def _vote(every: Float32Array) -> Float32Array:
    """Return each row's most frequent class; of equally frequent ones the smallest."""
    classes = np.unique(every)
    votes = [(every == value).sum(axis=0) for value in classes]
    return np.asarray(classes[np.argmax(votes, axis=0)], dtype=np.float32)


def load(model_dir: Path, *, ensemble: bool = True) -> BoosterModel:
    """Load `xgboost-model` or the models of all folds, or without `ensemble` the first of them.

    Raises UserError when there is none that is safe to load.
    """
    every = artifact.read_contents(model_dir, ensemble=ensemble)
    loaded = [_load_booster(content, where) for content, where in every]
    return BoosterModel(*(m for m, _ in loaded), forests=[forest for _, forest in loaded])


def _load_booster(content: bytes, location: Location) -> tuple[LoadedBooster, Forest | None]:
    try:
        model = LoadedBooster(content)
    except LibraryError as refused:
        raise artifact.make_foreign_error(location) from refused
    best = c_api.find_best_rounds(model)
    forest = read_forest(content, best)
    return model if best is None else model.slice_rounds(best), forest

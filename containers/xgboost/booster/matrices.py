"""Data sets on their way into XGBoost, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xgboost as xgb

from booster.data import Dataset
from booster.objectives import Task
from booster.recipe import Recipe

Matrices = dict[str, xgb.DMatrix]


def matrices(sets: Mapping[str, Dataset], recipe: Recipe) -> Matrices:
    """Prepare all sets, `train` first, whose cuts the others use."""
    training = matrix(sets["train"], recipe)
    rest = {name: matrix(held, recipe, training) for name, held in sets.items() if name != "train"}
    return {"train": training, **rest}


def matrix(dataset: Dataset, recipe: Recipe, like: xgb.DMatrix | None = None) -> xgb.DMatrix:
    """Prepare for training; a validation set uses the cuts of the training set, `like`."""
    if recipe.quantised:
        made: xgb.DMatrix = xgb.QuantileDMatrix(
            _Feed(dataset), ref=like, max_bin=int(recipe.parameters.get("max_bin", 256))
        )
    else:
        made = xgb.DMatrix(
            dataset.whole(),
            dataset.label,
            weight=dataset.weight,
            qid=dataset.group,
        )
    if recipe.objective.task is Task.TIME:
        censored = dataset.label < 0
        made.set_float_info("label_lower_bound", np.abs(dataset.label))
        made.set_float_info("label_upper_bound", np.where(censored, np.inf, dataset.label))
    return made


class _Feed(xgb.DataIter):
    """Gives XGBoost a data set's batches, as often as it asks for them."""

    def __init__(self, dataset: Dataset, cache: str | None = None) -> None:
        super().__init__(cache_prefix=cache)
        self._dataset = dataset
        self._batches = dataset.batches()

    def reset(self) -> None:
        """Begin again."""
        self._batches = self._dataset.batches()

    def next(self, input_data: Callable[..., Any]) -> bool:
        """Hand over the next batch; False when there is none."""
        found = next(self._batches, None)
        if found is None:
            return False
        rows, values = found
        dataset = self._dataset
        input_data(
            data=values,
            label=dataset.label[rows],
            weight=None if dataset.weight is None else dataset.weight[rows],
            qid=None if dataset.group is None else dataset.group[rows],
        )
        return True

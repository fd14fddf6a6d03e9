"""Data sets on their way into XGBoost, a batch at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from scipy.sparse import csr_matrix

from booster.data.dataset import Dataset
from booster.data.features import rows_at_a_time
from booster.data.sparse_rows import SHARE, scattered
from booster.data.temp_files import place
from booster.distributed.host_group import ALONE, Group
from booster.model.category_codes import types
from booster.params.objectives import Task
from booster.params.training_config import Recipe
from booster.rounds.memory_estimate import check_space, estimate, out_of_core
from booster.rounds.xgboost_messages import listening
from tandem.data.arrays import Float32Array

# Batches of fewer rows are given to XGBoost as one, where few of their values are there.
_FEW_ROWS = 64
Matrices = dict[str, xgb.DMatrix]


@contextmanager
def prepared(
    sets: Mapping[str, Dataset], recipe: Recipe, group: Group = ALONE
) -> Iterator[Matrices]:
    """Prepare all sets, in memory, or in temporary files that are gone at the end.

    All hosts do the same. Raises UserError where there is no room for the files.
    """
    needed = estimate(sets, recipe)
    if not group.any(out_of_core(needed, recipe)):
        with listening():
            made = matrices(sets, recipe)
        try:
            yield made
        finally:
            made.clear()  # whoever holds them on has none left: the report needs their memory
        return
    with tempfile.TemporaryDirectory(prefix="tandem-matrices-", dir=place()) as name:
        check_space(needed, Path(name))
        with listening():
            made = matrices(sets, recipe, Path(name))
        try:
            yield made
        finally:
            made.clear()  # a matrix removes its own files, and complains where it finds none


def matrices(sets: Mapping[str, Dataset], recipe: Recipe, folder: Path | None = None) -> Matrices:
    """Prepare all sets, `train` first, whose cuts the others use; in a folder's files, if given."""
    made = {"train": matrix(sets["train"], recipe, folder=folder)}
    for name, held in sets.items():
        if name != "train":
            made[name] = matrix(held, recipe, made["train"], folder)
    return made


def matrix(
    dataset: Dataset,
    recipe: Recipe,
    like: xgb.DMatrix | None = None,
    folder: Path | None = None,
) -> xgb.DMatrix:
    """Prepare for training; a validation set uses the cuts of the training set, `like`."""
    kinds = types(dataset.categorical, dataset.width)
    bins = int(recipe.parameters.get("max_bin", 256))
    made: xgb.DMatrix
    if folder is not None:
        feed = _Feed(dataset, str(folder / ("held" if like else "train")))
        made = xgb.ExtMemQuantileDMatrix(
            feed, ref=like, max_bin=bins, enable_categorical=bool(kinds)
        )
    elif recipe.quantised:
        feed = _Feed(dataset, at_once=_present(dataset) if _wide(dataset) else None)
        made = xgb.QuantileDMatrix(feed, ref=like, max_bin=bins, enable_categorical=bool(kinds))
    else:
        made = xgb.DMatrix(
            _cells(dataset),
            dataset.label,
            weight=dataset.weights(),
            qid=dataset.group,
            feature_types=kinds,
            enable_categorical=bool(kinds),
        )
    if recipe.objective.task is Task.TIME:
        censored = dataset.label < 0
        made.set_float_info("label_lower_bound", np.abs(dataset.label))
        made.set_float_info("label_upper_bound", np.where(censored, np.inf, dataset.label))
    return made


def _cells(dataset: Dataset) -> Float32Array | csr_matrix:
    """Give all features: as a matrix, or where few values are there these alone, in order."""
    return _present(dataset) if _is_scattered(dataset) else dataset.whole()


def _present(dataset: Dataset) -> csr_matrix:
    """Return the values that are there."""
    parts = [scattered(values) for _, values in dataset.batches()]
    sizes = np.concatenate([np.diff(part.starts) for part in parts])
    return csr_matrix(
        (
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.columns for part in parts]),
            np.concatenate([[0], np.cumsum(sizes)]),
        ),
        shape=(len(dataset.label), dataset.width),
    )


def _is_scattered(dataset: Dataset) -> bool:
    cells = len(dataset.label) * dataset.width
    return not dataset.categorical and cells - dataset.missing() < SHARE * cells


def _wide(dataset: Dataset) -> bool:
    """Return whether few values come in batches of few rows: each is a pass over all features."""
    step = rows_at_a_time(dataset.width)
    return step < min(_FEW_ROWS, len(dataset.label)) and _is_scattered(dataset)


class _Feed(xgb.DataIter):
    """Gives XGBoost a data set's batches, or all rows `at_once`, as often as it asks for them."""

    def __init__(
        self, dataset: Dataset, cache: str | None = None, at_once: csr_matrix | None = None
    ) -> None:
        super().__init__(cache_prefix=cache)
        self._dataset = dataset
        self._at_once = at_once
        self._batches = self._runs()

    def reset(self) -> None:
        """Begin again."""
        self._batches = self._runs()

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
            weight=dataset.weights(rows),
            qid=None if dataset.group is None else dataset.group[rows],
            feature_types=types(dataset.categorical, dataset.width),
        )
        return True

    def _runs(self) -> Iterator[tuple[slice, Float32Array | csr_matrix]]:
        if self._at_once is None:
            return self._dataset.batches()
        return iter([(slice(None), self._at_once)])

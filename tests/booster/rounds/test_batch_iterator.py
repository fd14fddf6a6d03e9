"""Batches passed by columns make the bins, and so the model, of batches passed by rows."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost as xgb

from booster.data import features
from booster.data.dataset import Dataset
from booster.data.features import InMemoryFeatures
from booster.model import c_api
from booster.rounds import batch_iterator
from booster.rounds.batch_iterator import BatchIterator

ROWS = 700


def dataset(width: int, *, weights: bool, queries: bool) -> Dataset:
    generator = np.random.default_rng(width)
    values = generator.standard_normal((ROWS, width), dtype=np.float32)
    values[generator.random(values.shape) < 0.1] = np.nan
    values[:, 0] = 3.0
    weight = np.repeat(generator.random(ROWS // 10, dtype=np.float32), 10)
    return Dataset(
        InMemoryFeatures(values),
        np.nan_to_num(values[:, -1]).round(),
        weight if weights else None,
        np.arange(ROWS) // 10.0 if queries else None,
    )


@pytest.mark.parametrize("external", [False, True])
@pytest.mark.parametrize(("weights", "queries"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("width", [1, 7])
def test_columns_make_the_same_model_as_rows(
    tmp_path: object,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    weights: bool,
    queries: bool,
    external: bool,
) -> None:
    monkeypatch.setattr(features, "BATCH_CELLS", 150 * width)  # the last batch is shorter
    rows = dataset(width, weights=weights, queries=queries)
    models = []
    for most in (512, 0):
        monkeypatch.setattr(batch_iterator, "_MOST_COLUMNS", most)
        matrix: xgb.DMatrix
        if external:
            matrix = xgb.ExtMemQuantileDMatrix(BatchIterator(rows, f"{tmp_path}/{most}"), nthread=1)
        else:
            matrix = xgb.QuantileDMatrix(BatchIterator(rows), nthread=1)
        assert (matrix.num_row(), matrix.num_col(), matrix.feature_names) == (ROWS, width, None)
        objective = "rank:pairwise" if queries else "reg:squarederror"
        model = xgb.train({"max_depth": 3, "objective": objective, "nthread": 1}, matrix, 5)
        models.append(bytes(model.save_raw()))
        del matrix
    assert models[0] == models[1]


def test_more_columns_are_passed_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_iterator, "_MOST_COLUMNS", 6)
    monkeypatch.setattr(c_api, "set_columns", None)
    assert xgb.QuantileDMatrix(
        BatchIterator(dataset(7, weights=False, queries=False)), nthread=1
    ).num_col()

"""Rows of which few values are there take little room, and the model never knows."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
import pytest
import xgboost as xgb
from numpy.typing import NDArray

from booster.data import features
from booster.data.dataset import Dataset
from booster.data.features import FeatureBuilder, Features, InMemoryFeatures
from booster.data.sparse_rows import SparseRows, StoredSparseRows
from booster.params.hyperparameters import SCHEMA
from booster.params.training_config import TrainingConfig, resolve_config
from booster.rounds import batch_iterator
from booster.rounds.training_matrices import build_matrix
from tandem.contract.hyperparameters import resolve_hyperparameters

ROWS, WIDTH = 300, 40


def few() -> NDArray[np.float32]:
    """One value in twenty is there, some of them zero; a column and a row have none."""
    generator = np.random.default_rng(5)
    values = generator.normal(size=(ROWS, WIDTH)).astype(np.float32)
    values[generator.random(values.shape) < 0.2] = 0
    values[generator.random(values.shape) < 0.95] = np.nan
    values[:, 7] = np.nan
    values[11] = np.nan
    return values


def gathered(values: NDArray[np.float32], limit: int) -> Features:
    gathering = FeatureBuilder(limit)
    for start in range(0, len(values), 64):
        gathering.add(values[start : start + 64])
    return gathering.build(WIDTH)


@pytest.mark.parametrize(("limit", "kind"), [(1 << 20, SparseRows), (100, StoredSparseRows)])
def test_all_that_was_there_is_read_back(limit: int, kind: type) -> None:
    values = few()
    made = gathered(values, limit)
    assert isinstance(made, features.ConcatenatedFeatures)
    assert {type(part) for part in made.parts} == {kind}
    for start, stop in ((0, ROWS), (60, 130), (11, 12), (5, 5)):
        assert np.array_equal(made.read(start, stop), values[start:stop], equal_nan=True)
    room = sum(part.nbytes for part in made.parts if isinstance(part, SparseRows))
    assert room < values.nbytes / 5


def test_a_block_with_more_stays_as_it_is() -> None:
    values = np.ones((10, WIDTH), np.float32)
    values[:, : WIDTH * 3 // 4] = np.nan
    assert isinstance(gathered(values, 1 << 20), InMemoryFeatures)


def fed(feed: xgb.DataIter, given: list[int]) -> xgb.DataIter:
    """Take what a feed gives, as XGBoost does, and keep the number of rows of each batch."""
    while feed.next(lambda data, **_: given.append(data.shape[0])):
        pass
    return feed


def plan(**given: str) -> TrainingConfig:
    return resolve_config(
        resolve_hyperparameters(SCHEMA, {"num_round": "4", "nthread": "1", **given}), None, WIDTH
    )


@pytest.mark.parametrize("how", [{"booster": "gblinear"}, {"tree_method": "exact"}])
def test_the_model_is_that_of_a_dense_matrix_to_the_bit(
    how: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = few()
    label = np.nan_to_num(values[:, 0] - 2 * values[:, 1])
    chosen = plan(**how)
    dataset = Dataset(gathered(values, 1 << 20), label, None)
    monkeypatch.setattr(Dataset, "read_all", dense)
    monkeypatch.setattr(features, "BATCH_CELLS", 50 * WIDTH)
    apart = build_matrix(dataset, chosen)
    whole = xgb.DMatrix(values, label, nthread=1)
    assert apart.num_nonmissing() == int((~np.isnan(values)).sum())
    models = [xgb.train(dict(chosen.parameters), made, 4) for made in (apart, whole)]
    first, second = (bytes(model.save_raw("ubj")) for model in models)
    assert first == second


@pytest.mark.parametrize(("rows_a_batch", "times"), [(50, 1), (100, 3)])
def test_batches_of_few_rows_are_one_with_the_bits_of_many(
    monkeypatch: pytest.MonkeyPatch, rows_a_batch: int, times: int
) -> None:
    values = few()
    label = np.nan_to_num(values[:, 0] - 2 * values[:, 1])
    monkeypatch.setattr(features, "BATCH_CELLS", rows_a_batch * WIDTH)
    chosen = plan(max_bin="16")
    dataset = Dataset(gathered(values, 1 << 20), label, None)
    made = build_matrix(dataset, chosen)
    plain = xgb.QuantileDMatrix(values, label, nthread=1, max_bin=16)
    models = [xgb.train(dict(chosen.parameters), one, 4) for one in (made, plain)]
    first, second = (bytes(model.save_raw("ubj")) for model in models)
    assert first == second
    given: list[int] = []
    monkeypatch.setattr(batch_iterator, "_MOST_COLUMNS", 0)  # `fed` takes batches of rows
    monkeypatch.setattr(xgb, "QuantileDMatrix", lambda feed, **_: fed(feed, given))
    build_matrix(dataset, chosen)
    assert len(given) == times


def dense(_dataset: Dataset) -> NoReturn:
    raise AssertionError("a dense matrix is made of all rows")

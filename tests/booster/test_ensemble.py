"""The models of several folds answer together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster.model import booster_io
from booster.serving import load
from tandem.data.tables import Table
from tandem.errors import UserError

RNG = np.random.default_rng(3)
ROWS = RNG.normal(size=(150, 3)).astype(np.float32)
TABLE = Table(ROWS[:30].astype(np.float64))


def save(folder: Path, parameters: dict[str, object], *numbers: int | None) -> list[xgb.Booster]:
    boosters = []
    for number in numbers:
        label = (ROWS @ RNG.normal(size=3) > 0).astype(int) + (ROWS[:, 0] > 1)
        label = label if "num_class" in parameters else np.minimum(label, 1)
        boosters.append(xgb.train(parameters, xgb.DMatrix(ROWS, label), 4))
        booster_io.save(boosters[-1], folder, number)
    return boosters


def alone(boosters: list[xgb.Booster]) -> np.ndarray:
    return np.stack([booster.inplace_predict(ROWS[:30]) for booster in boosters])


def test_predictions_and_contributions_are_means(tmp_path: Path) -> None:
    boosters = save(tmp_path, {"objective": "reg:squarederror"}, *range(12))
    model = load(tmp_path)
    expected = alone(boosters).mean(axis=0, dtype=np.float64).astype(np.float32)
    scores = model.predict(TABLE).numbers[:, 0]
    assert scores.tolist() == expected.tolist()
    (output,) = model.select(TABLE, ["contributions"]).outputs
    assert output.values.sum(axis=1) == pytest.approx(scores, abs=1e-5)
    (leaves,) = model.select(TABLE, ["leaf"]).outputs
    assert leaves.values.shape == (30, 12 * 4)


def test_classes_are_voted_for_row_by_row(tmp_path: Path) -> None:
    boosters = save(tmp_path, {"objective": "multi:softmax", "num_class": 3}, 0, 1, 2)
    votes = alone(boosters)
    expected = [float(np.bincount(column.astype(int)).argmax()) for column in votes.T]
    assert len(set(expected)) > 1
    assert (votes != votes[0]).any()
    assert load(tmp_path).predict(TABLE).numbers[:, 0].tolist() == expected


def test_two_kinds_of_models_are_refused(tmp_path: Path) -> None:
    save(tmp_path, {"objective": "reg:squarederror"}, 0, 1)
    save(tmp_path, {"objective": "binary:logistic"}, 2)
    with pytest.raises(UserError, match="the models of the folds differ"):
        load(tmp_path)


def test_a_model_beside_those_of_folds_is_refused(tmp_path: Path) -> None:
    save(tmp_path, {"objective": "reg:squarederror"}, None, 0)
    with pytest.raises(UserError, match="holds 'xgboost-model' and models of folds beside it"):
        load(tmp_path)

"""A pickled Booster is written where Amazon's old images wrote one, and read without unpickling."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given
from hypothesis import strategies as st

from booster.model import booster_io, pickled_booster, ubjson
from booster.training import train
from tandem.errors import UserError
from tests.booster.model.test_artifact import LABEL, ROWS, answers, booster
from tests.booster.training_jobs import prepare_job

MODEL = booster(3)
PICKLE = pickle.dumps(MODEL)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.mkdir, (Path(self._folder),)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_the_model_in_a_pickle_answers_as_the_booster(tmp_path: Path, protocol: int) -> None:
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(MODEL, protocol))
    expected = MODEL.predict(xgb.DMatrix(ROWS))
    assert answers(tmp_path) == [float(value) for value in expected]


def test_the_estimator_of_a_notebook_answers_up_to_its_best_round(tmp_path: Path) -> None:
    made = xgb.XGBRegressor(n_estimators=30, early_stopping_rounds=2, learning_rate=1.0)
    made.fit(ROWS[:100], LABEL[:100], eval_set=[(ROWS[100:], LABEL[100:])], verbose=False)
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(made))
    assert answers(tmp_path) == [float(value) for value in made.predict(ROWS)]


def test_nothing_in_a_pickle_runs(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    trapped = pickle.dumps([Trap(tmp_path / "sprung"), MODEL])
    (tmp_path / "model" / "xgboost-model").write_bytes(trapped)
    assert len(answers(tmp_path / "model")) == len(ROWS)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps([MODEL, booster(2)]),
        pickle.dumps({"handle": b"{}"}),
        PICKLE[:-200],
        PICKLE.replace(b"Model", b"Mopel"),
        PICKLE.replace(b"xgboost.core", b"xgboost.kern"),
    ],
    ids=["two models", "no Booster", "cut off", "no Model", "another class"],
)
def test_another_pickle_is_refused_with_a_way_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "xgboost-model").write_bytes(content)
    with pytest.raises(UserError, match="is not an XGBoost model in UBJSON or JSON") as raised:
        booster_io.load(tmp_path)
    assert "python scripts/convert_model.py --i-trust-this-file xgboost-model" in str(raised.value)


@given(st.integers(0, len(PICKLE) - 1), st.binary(max_size=9))
def test_damaged_bytes_are_a_model_or_none(place: int, damage: bytes) -> None:
    found = pickled_booster.find_model(PICKLE[:place] + damage + PICKLE[place + len(damage) :])
    assert found is None or isinstance(found, bytes)


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"{i\xff", b"{i\x01aSi\xfa", b"{i\x01ai\x05", b"{i\x01a" + b"[" * 100_000],
)
def test_a_member_of_a_damaged_object_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"UBJSON|object|size|member"):
        ubjson.slice_member(content, "b")


def test_training_writes_a_pickle_where_it_is_asked_to(tmp_path: Path) -> None:
    job = replace(prepare_job(tmp_path / "job", "number", {}), model_format="pickle")
    train(job)
    content = (job.model_dir / "xgboost-model").read_bytes()
    unpickled = pickle.loads(content)  # noqa: S301 (written by this test)
    assert isinstance(unpickled, xgb.Booster)
    rows = np.zeros((4, unpickled.num_features()), dtype=np.float32)
    expected = unpickled.inplace_predict(rows)
    assert np.array_equal(booster_io.load(job.model_dir).inplace_predict(rows), expected)

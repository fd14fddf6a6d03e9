"""A script serves in this image; where it lacks a function, the container's default stands in."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from flask.testing import FlaskClient

from booster.algorithm import ALGORITHM
from tandem.contract import settings
from tandem.errors import UserError
from tandem.serving.app import create_app
from tandem.serving.model_loader import make_loader
from tandem.serving.model_service import make_service
from tests.tandem.script.jobs import restore_modules

ROWS = np.random.default_rng(3).normal(size=(50, 4)).astype(np.float32)
BODY = "\n".join(",".join(repr(float(cell)) for cell in row) for row in ROWS)
OWN = """
import os, pickle
def model_fn(model_dir):
    with open(os.path.join(model_dir, 'xgboost-model'), 'rb') as file:
        return pickle.load(file)
def predict_fn(matrix, model):
    return model.predict(matrix, pred_contribs=True, validate_features=False)
"""


@pytest.fixture(autouse=True)
def _left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with restore_modules(monkeypatch):
        yield


@pytest.fixture(scope="module")
def booster() -> xgb.Booster:
    return xgb.train({"max_depth": 3}, xgb.DMatrix(ROWS, label=ROWS @ [1, 2, 3, 4]), 6)


def client(folder: Path, model: bytes, script: str) -> FlaskClient:
    (folder / "xgboost-model").write_bytes(model)
    (folder / "code").mkdir()
    (folder / "code" / "inference.py").write_text(script)
    (folder / "script.json").write_text('{"program": "inference.py"}')
    environment = settings.read({"SAGEMAKER_BASE_DIR": str(folder)})
    return create_app(
        make_service(make_loader(ALGORITHM, environment)(folder), environment, 1)
    ).test_client()


def test_a_script_without_functions_answers_as_the_model(
    tmp_path: Path, booster: xgb.Booster
) -> None:
    asked = client(tmp_path, bytes(booster.save_raw("ubj")), "import pandas, sklearn\n")
    answer = asked.post("/invocations", data=BODY, content_type="text/csv")
    assert answer.status_code == 200, answer.text
    assert np.array_equal(
        np.array(json.loads(answer.data), dtype=np.float32), booster.predict(xgb.DMatrix(ROWS))
    )
    csv = asked.post(
        "/invocations", data="0:1 3:2\n", content_type="text/libsvm", headers={"Accept": "text/csv"}
    )
    row = np.array([[1, np.nan, np.nan, 2]], dtype=np.float32)
    assert np.float32(csv.text.strip()) == booster.predict(xgb.DMatrix(row))[0]


def test_the_rounds_after_the_best_one_do_not_answer(tmp_path: Path, booster: xgb.Booster) -> None:
    stopped = booster.copy()
    stopped.set_attr(best_iteration="2")
    asked = client(tmp_path, bytes(stopped.save_raw("ubj")), "")
    answer = asked.post("/invocations", data=BODY, content_type="text/csv")
    best = booster[:3].predict(xgb.DMatrix(ROWS))
    assert np.array_equal(np.array(json.loads(answer.data), dtype=np.float32), best)


def test_a_scripts_own_functions_come_first(tmp_path: Path, booster: xgb.Booster) -> None:
    asked = client(tmp_path, pickle.dumps(booster), OWN)
    answer = asked.post("/invocations", data=BODY, content_type="text/csv")
    values = np.array(json.loads(answer.data), dtype=np.float32)
    expected = booster.predict(xgb.DMatrix(ROWS), pred_contribs=True)
    assert np.array_equal(values, expected)


def test_without_model_fn_the_model_in_a_pickle_answers(
    tmp_path: Path, booster: xgb.Booster
) -> None:
    asked = client(tmp_path, pickle.dumps(booster), "")
    answer = asked.post("/invocations", data=BODY, content_type="text/csv")
    values = np.array(json.loads(answer.data), dtype=np.float32)
    assert np.array_equal(values, booster.predict(xgb.DMatrix(ROWS)))


def test_without_model_fn_no_pickle_is_loaded(tmp_path: Path, booster: xgb.Booster) -> None:
    with pytest.raises(UserError, match="is not an XGBoost model in UBJSON or JSON"):
        client(tmp_path, pickle.dumps([booster, booster.copy()]), "")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [("1,2\n3\n", "text/csv", 400), ("a,b", "text/csv", 400), ("[[1]]", "application/json", 415)],
)
def test_a_body_that_is_no_matrix_is_refused(
    tmp_path: Path, booster: xgb.Booster, body: str, content_type: str, status: int
) -> None:
    asked = client(tmp_path, bytes(booster.save_raw("ubj")), "")
    answer = asked.post("/invocations", data=body, content_type=content_type)
    assert answer.status_code == status, answer.text

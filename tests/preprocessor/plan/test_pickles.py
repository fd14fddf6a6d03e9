"""A pickle in an artifact is loaded by a script alone, which the artifact or a variable names."""

from __future__ import annotations

import logging
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from preprocessor import serving
from preprocessor.algorithm import ALGORITHM
from tandem.contract import settings
from tandem.errors import UserError
from tandem.serving.model_loader import make_loader
from tests.preprocessor.training_jobs import make_houses, train_job

SCRIPT = """
import pathlib, pickle
def model_fn(folder):
    return pickle.loads(pathlib.Path(folder, "model.joblib").read_bytes())
"""


class Touch:
    """Makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["model.joblib", "model.pkl"])
def test_a_pickle_alone_is_refused_and_not_loaded(tmp_path: Path, name: str) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / name).write_bytes(pickle.dumps(Touch(tmp_path / "touched")))
    load = make_loader(ALGORITHM, settings.read({}))
    with pytest.raises(UserError) as caught:
        load(tmp_path / "model")
    assert f"{name}: is a pickle: loading it runs what is in it" in str(caught.value)
    assert "model_fn in SAGEMAKER_PROGRAM" in str(caught.value)
    assert not (tmp_path / "touched").exists()


def test_a_pickle_beside_a_recipe_is_left_alone(tmp_path: Path) -> None:
    paths = train_job(tmp_path / "ml", make_houses(), {"target": "SalePrice"})
    (paths.model / "model.joblib").write_bytes(pickle.dumps(Touch(tmp_path / "touched")))
    assert serving.load_model(paths.model).features[0] == "Size"
    assert not (tmp_path / "touched").exists()


def test_a_script_that_is_named_may_load_it_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "model" / "code").mkdir(parents=True)
    (tmp_path / "model" / "code" / "loading_script.py").write_text(SCRIPT)
    (tmp_path / "model" / "model.joblib").write_bytes(pickle.dumps(Touch(tmp_path / "touched")))
    environment = settings.read({"SAGEMAKER_PROGRAM": "loading_script.py"})
    with caplog.at_level(logging.INFO):
        make_loader(ALGORITHM, environment)(tmp_path / "model")
    assert (tmp_path / "touched").is_dir()
    assert "script mode: loading model.joblib runs code from the file" in caplog.text

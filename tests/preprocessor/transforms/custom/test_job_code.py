"""TANDEM_ALLOW_ARTIFACT_CODE=false: nothing that an artifact brings is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from preprocessor.algorithm import ALGORITHM
from preprocessor.training import train
from tandem.contract import settings
from tandem.errors import UserError
from tandem.serving.model_loader import make_loader
from tandem.serving.multi_model import LoadedModels
from tandem.serving.multi_model_app import create_multi_model_app
from tests.preprocessor.training_jobs import make_houses, prepare_job, train_job

REFUSED = "is code of the artifact, which TANDEM_ALLOW_ARTIFACT_CODE=false does not let run"
# Each makes a file where it runs.
MARKS = "import pathlib\npathlib.Path({touched!r}).touch()\n"
SCRIPT = "def model_fn(folder):\n    return None\n"
SHAPES = """
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

class Same(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        self.feature_names_in_ = X.columns.to_numpy()
        return self

    def transform(self, X):
        return X
"""


def script(root: Path, marks: str) -> None:
    (root / "model" / "code").mkdir(parents=True)
    (root / "model" / "script.json").write_text('{"program": "training.py"}')
    (root / "model" / "code" / "training.py").write_text(marks + SCRIPT)


def requirements(root: Path, marks: str) -> None:
    script(root, "")
    package = root / "model" / "code" / "package"
    package.mkdir()
    (package / "setup.py").write_text(marks)
    (root / "model" / "code" / "requirements.txt").write_text("--no-index\n./package\n")


def transformers(root: Path, marks: str) -> None:
    columns = {"Size": {"transformer": "artifact_shapes.Same"}}
    job = prepare_job(root, make_houses(), {"target": "SalePrice", "columns": json.dumps(columns)})
    (job.paths.data / "code").mkdir()
    (job.paths.data / "code" / "artifact_shapes.py").write_text(SHAPES)
    train(job)
    with (job.paths.model / "code" / "artifact_shapes.py").open("a") as file:
        file.write(marks)


def linked(root: Path, marks: str) -> None:
    script(root, marks)
    (root / "model" / "code").rename(root / "elsewhere")
    (root / "model" / "code").symlink_to(root / "elsewhere")


BRINGS: list[Callable[[Path, str], None]] = [script, requirements, transformers, linked]


@pytest.fixture
def touched(tmp_path: Path) -> Path:
    return tmp_path / "touched"


@pytest.mark.parametrize("brings", BRINGS)
def test_an_artifact_that_brings_code_is_refused(
    tmp_path: Path, touched: Path, brings: Callable[[Path, str], None]
) -> None:
    brings(tmp_path / "ml", MARKS.format(touched=str(touched)))
    code = {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    for more in ({}, {"SAGEMAKER_PROGRAM": "training.py"}, code):
        environment = settings.read({"TANDEM_ALLOW_ARTIFACT_CODE": "false", **more})
        with pytest.raises(UserError, match=REFUSED) as caught:
            make_loader(ALGORITHM, environment)(tmp_path / "ml" / "model")
        assert caught.value.exit_code == 1
        assert str(caught.value.where.file).startswith(str(tmp_path / "ml" / "model"))
    assert not touched.exists()


def test_code_below_the_model_is_the_artifacts_whatever_the_variables_call_it(
    tmp_path: Path, touched: Path
) -> None:
    script(tmp_path, MARKS.format(touched=str(touched)))
    for source in (
        "/opt/ml/model/code/.",
        "file:///opt/ml/model/x/../code",
        f"{tmp_path}/model/code",
    ):
        environment = settings.read(
            {
                "TANDEM_ALLOW_ARTIFACT_CODE": "0",
                "SAGEMAKER_BASE_DIR": str(tmp_path),
                "SAGEMAKER_PROGRAM": "training.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": source,
            }
        )
        with pytest.raises(UserError, match=REFUSED):
            make_loader(ALGORITHM, environment)(tmp_path / "model")
    assert not touched.exists()


def test_a_model_without_code_and_the_endpoints_own_script_serve_all_the_same(
    tmp_path: Path, touched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    paths = train_job(tmp_path / "plain", make_houses(), {"target": "SalePrice"})
    environment = settings.read({"TANDEM_ALLOW_ARTIFACT_CODE": "false"})
    make_loader(ALGORITHM, environment)(paths.model)
    script(tmp_path / "ml", MARKS.format(touched=str(touched)))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "operators_script.py").write_text(SCRIPT)
    own = replace(environment, program="operators_script.py", submit_directory=f"{tmp_path}/own")
    make_loader(ALGORITHM, own)(tmp_path / "ml" / "model")
    assert not touched.exists()


def test_a_server_of_many_models_refuses_the_load_of_that_one(
    tmp_path: Path, touched: Path
) -> None:
    script(tmp_path, MARKS.format(touched=str(touched)))
    environment = settings.read({"TANDEM_ALLOW_ARTIFACT_CODE": "false"})
    models = LoadedModels(make_loader(ALGORITHM, environment), environment)
    client = create_multi_model_app(models, environment.payload_limit()).test_client()
    answer = client.post("/models", json={"model_name": "a", "url": f"{tmp_path}/model"})
    assert (answer.status_code, REFUSED in answer.get_json()["message"]) == (400, True)
    assert client.get("/models").get_json()["models"] == []
    assert not touched.exists()


def test_the_program_ends_with_the_sentence(tmp_path: Path, touched: Path) -> None:
    script(tmp_path, MARKS.format(touched=str(touched)))
    ended = subprocess.run(
        [sys.executable, "-m", "preprocessor", "serve"],
        env={
            "PATH": os.environ["PATH"],
            "SAGEMAKER_BASE_DIR": str(tmp_path),
            "TANDEM_ALLOW_ARTIFACT_CODE": "false",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, touched.exists()) == (1, False)
    assert f"{tmp_path}/model/script.json: {REFUSED}" in ended.stderr

"""The form of the preprocessor with scikit-learn 1.2: older scripts and their pickles live on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line
from local_test.errors import LocalError
from local_test.jobs import Channel, TrainingJob, TrainingResult
from local_test.platform.job_status import JobStatus
from local_test.platform.source_code import SourceCode
from tests.conftest import absent, docker_engine

pytestmark = pytest.mark.docker

IMAGE = "tandem-preprocessor:latest-sklearn1.2"
# As scripts for Amazon's container 1.2-1: `sparse` went with 1.4 and `get_feature_names` with 1.2,
# a last step that sets nothing is refused from 1.8 on, and the pickle is of this release.
SCRIPT = """
import os
import joblib
import pandas as pd
import sklearn
from sklearn.base import TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

class Same(TransformerMixin):
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return X

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))

def input_fn(data, content_type):
    return pd.DataFrame([line.split(",") for line in data.split()], columns=["area", "zone"])

def predict_fn(data, model):
    return {"sklearn": sklearn.__version__, "pandas": pd.__version__,
            "rows": model.transform(data).tolist()}

if __name__ == "__main__":
    table = pd.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "houses.csv"))
    steps = ColumnTransformer([
        ("area", StandardScaler(), ["area"]), ("zone", OneHotEncoder(sparse=False), ["zone"])])
    model = make_pipeline(steps, Same()).fit(table)
    joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = docker_engine()
    try:
        found.read_labels(IMAGE)
    except LocalError as error:
        absent(f"{IMAGE} is not built: run `make build-preprocessor SKLEARN=1.2` ({error})")
    return found


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    file = tmp_path_factory.mktemp("houses") / "houses.csv"
    file.write_text("area,zone\n10,b\n20,a\n30,b\n")
    return Channel("train", file)


@pytest.fixture(scope="module")
def trained(
    engine: Engine, houses: Channel, tmp_path_factory: pytest.TempPathFactory
) -> TrainingResult:
    folder = tmp_path_factory.mktemp("older")
    (folder / "code").mkdir()
    (folder / "code" / "featurizer.py").write_text(SCRIPT)
    job = TrainingJob(IMAGE, [houses], source_code=SourceCode("featurizer.py", folder / "code"))
    return jobs.train(job, folder / "out", engine, logs=discard_line)


@pytest.fixture(scope="module")
def endpoint(engine: Engine, trained: TrainingResult) -> Iterator[Endpoint]:
    trained.raise_for_status()
    with Endpoint([Stage(IMAGE, trained.model)], engine, logs=discard_line) as running:
        yield running


def test_an_older_script_trains_and_serves_its_own_pickle(endpoint: Endpoint) -> None:
    answer = endpoint.invoke(b"20,a\n30,b\n", "text/csv")
    assert answer.status == 200, answer.body
    found = json.loads(answer.body)
    assert (found["sklearn"], found["pandas"]) == ("1.2.2", "1.5.3")
    deviation = (200 / 3) ** 0.5
    assert found["rows"] == [[0.0, 1.0, 0.0], [10 / deviation, 0.0, 1.0]]


def test_a_recipe_is_refused_with_what_to_do(
    engine: Engine, houses: Channel, tmp_path: Path
) -> None:
    result = jobs.train(
        TrainingJob(IMAGE, [houses], {"target": "-"}), tmp_path, engine, logs=discard_line
    )
    assert (result.status, result.exit_code) == (JobStatus.FAILED, 1)
    reason = (tmp_path / "FailureReason").read_text()
    assert "holds scikit-learn 1.2.2, which runs scripts and fits no recipe" in reason
    assert "take the image without '-sklearn' in its tag" in reason


def test_a_fitted_plan_is_served_and_what_needs_skops_is_named(
    engine: Engine, houses: Channel, tmp_path: Path
) -> None:
    binarizer = {"class": "sklearn.preprocessing.Binarizer", "parameters": {"threshold": 15}}
    wishes: dict[str, dict[str, object]] = {
        "plan": {"impute": "median"},
        "skops": {"type": "number", "transformer": binarizer},
    }
    for name, wish in wishes.items():
        hyperparameters = {"target": "-", "columns": json.dumps({"area": wish})}
        job = TrainingJob("preprocessor", [houses], hyperparameters)
        jobs.train(job, tmp_path / name, engine, logs=discard_line).raise_for_status()
    answers = {}
    for image in ("preprocessor", IMAGE):
        stage = Stage(image, tmp_path / "plan" / "model.tar.gz")
        with Endpoint([stage], engine, logs=discard_line) as running:
            answer = running.invoke(b"20,a\n,b\n", "text/csv", "text/csv")
        assert answer.status == 200
        answers[image] = answer.body
    assert answers["preprocessor"] == answers[IMAGE]
    lines: list[str] = []
    stage = Stage(IMAGE, tmp_path / "skops" / "model.tar.gz")
    with (
        pytest.raises(LocalError),
        Endpoint([stage], engine, logs=lambda _, line: lines.append(line)),
    ):
        pass
    assert any("needs skops, which this form of the image does not hold" in line for line in lines)

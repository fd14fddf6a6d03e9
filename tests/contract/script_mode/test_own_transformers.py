"""A recipe with classes of the user's own: the code goes along, trains and serves."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line
from local_test.jobs import Channel, TrainingJob, TrainingResult
from local_test.platform.job_status import JobStatus
from local_test.platform.source_code import SourceCode

pytestmark = pytest.mark.usefixtures("images_alone")

PAGE = Path(__file__).parents[3] / "docs" / "own-transformers.md"
HOUSES = "LotArea,GrLivArea,SalePrice\n10,1,100\n20,2,200\n60,3,300\n"
# The means are 30 and 2.
FEATURES = {"LotArea_ratio": [1 / 3, 2.0], "GrLivArea_ratio": [0.25, 1.0]}


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write what the page shows."""
    folder = tmp_path_factory.mktemp("own") / "my_code"
    folder.mkdir()
    text = PAGE.read_text()
    for language, name in (("python", "shapes.py"), ("yaml", "recipe.yaml")):
        (folder / name).write_text(text.split(f"```{language}\n")[1].split("```")[0])
    return folder


def train(engine: Engine, folder: Path, job: TrainingJob) -> TrainingResult:
    result = jobs.train(job, folder / "out", engine, logs=discard_line)
    assert result.status is JobStatus.COMPLETED, result.diagnosis
    return result


@pytest.fixture(scope="module")
def endpoint(
    engine: Engine, code: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp(f"own-{engine.name}")
    (folder / "houses.csv").write_text(HOUSES)
    job = TrainingJob(
        "preprocessor",
        [Channel("train", folder / "houses.csv")],
        source_code=SourceCode("recipe.yaml", code),
    )
    model = train(engine, folder, job).model
    with Endpoint([Stage("preprocessor", model)], engine, logs=discard_line) as running:
        yield running


def test_the_page_is_fitted_and_answers(endpoint: Endpoint) -> None:
    answer = endpoint.invoke(b"10,1\n60,2\n", "text/csv", "application/json; names=present")
    rows = json.loads(answer.body)["instances"]
    found = {name: [row[name] for row in rows] for name in rows[0]}
    assert found == {name: pytest.approx(values) for name, values in FEATURES.items()}


def test_values_out_of_range_are_told_to_the_client(endpoint: Endpoint) -> None:
    answer = endpoint.invoke(b"61,1\n60,9\n60,3\n", "text/csv", "text/csv")
    assert answer.headers["X-Amzn-SageMaker-Custom-Attributes"] == "out_of_range=2"


def test_a_value_the_class_refuses_is_named(endpoint: Endpoint) -> None:
    answer = endpoint.invoke(b"10,1\n-1,2\n", "text/csv")
    assert answer.status == 424
    refusal = json.loads(json.loads(answer.body)["OriginalMessage"])
    assert refusal["message"] == (
        "row 2, column 'LotArea': shapes.Ratio refuses it: an area is not negative."
    )
    assert (refusal["row"], refusal["column"]) == (2, "LotArea")


def test_the_code_may_be_a_channel(engine: Engine, code: Path, tmp_path: Path) -> None:
    (tmp_path / "houses.csv").write_text(HOUSES)
    columns = {"LotArea": {"transformer": "shapes.Ratio"}, "GrLivArea": "drop"}
    job = TrainingJob(
        "preprocessor",
        [Channel("train", tmp_path / "houses.csv"), Channel("code", code)],
        {"target": "SalePrice", "columns": json.dumps(columns)},
    )
    result = train(engine, tmp_path, job)
    assert result.model is not None
    with tarfile.open(result.model) as archive:
        names = {member.name for member in archive if member.isfile()}
    assert {"code/shapes.py", "shapes.Ratio-0.skops"} <= names

"""A script written for Amazon's scikit-learn container, unchanged: it trains, and it serves."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line
from local_test.jobs import Channel, TrainingJob, TrainingResult
from local_test.platform.job_status import JobStatus
from local_test.platform.source_code import SourceCode

pytestmark = pytest.mark.usefixtures("images_alone")

SCRIPT = Path(__file__).parents[2] / "fixtures" / "script_mode"
# The medians, limits and categories below are these.
HOUSES = "area,rooms,zone,price\n10,1,b,100\n20,9,a,200\n40,3,b,300\n"
FEATURES = [[0.5, 1.0, 0.0, 1.0], [2.0, 5.0, 1.0, 0.0], [1.0, 2.0, 0.0, 0.0]]
RECORDS = "10,1,b\n40,7,a\n,2,unseen\n"


def sent_by_the_sdk(**values: Any) -> dict[str, str]:
    """Write every value as JSON, as the framework estimators of the SDK do."""
    return {name.replace("_", "-"): json.dumps(value) for name, value in values.items()}


@pytest.fixture(scope="module")
def trained(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    folder = tmp_path_factory.mktemp(f"script-{engine.name}")
    (folder / "houses.csv").write_text(HOUSES)
    job = TrainingJob(
        "preprocessor",
        [Channel("train", folder / "houses.csv")],
        sent_by_the_sdk(max_rooms=5, note='say "no"', v=2, shuffle=True),
        source_code=SourceCode("featurizer.py", SCRIPT),
    )
    return jobs.train(job, folder / "out", engine, logs=discard_line)


@pytest.fixture(scope="module")
def endpoint(engine: Engine, trained: TrainingResult) -> Iterator[Endpoint]:
    with Endpoint([Stage("preprocessor", trained.model)], engine, logs=discard_line) as running:
        yield running


def test_the_script_is_started_as_amazons_container_starts_it(trained: TrainingResult) -> None:
    assert trained.status is JobStatus.COMPLETED, trained.diagnosis
    assert trained.model is not None
    with tarfile.open(trained.model.parent / "output.tar.gz") as archive:
        file = archive.extractfile("seen.json")
        seen = json.loads(file.read() if file else "")
    words = ["--max-rooms", "5", "--note", 'say "no"', "--shuffle", "True", "-v", "2"]
    assert seen["argv"] == words
    assert seen["hps"] == {"max-rooms": 5, "note": 'say "no"', "shuffle": True, "v": 2}
    assert (seen["rows"], seen["note"]) == (3, 'say "no"')
    assert seen["channel"] == ["houses.csv"]  # by its path below /opt/ml


def test_the_artifact_carries_its_code(trained: TrainingResult) -> None:
    assert trained.model is not None
    with tarfile.open(trained.model) as archive:
        names = sorted(member.name for member in archive if member.isfile())
    assert names == [
        "code/featurizer.py",
        "code/transformers.py",
        "model.joblib",
        "script.json",
    ]


def test_records_become_features(endpoint: Endpoint) -> None:
    answer = endpoint.invoke(RECORDS.encode(), "text/csv; charset=utf-8", "text/csv")
    assert (answer.status, answer.content_type) == (200, "text/csv")
    rows = [[float(cell) for cell in line.split(b",")] for line in answer.body.splitlines()]
    assert rows == FEATURES


def test_the_answer_is_json_where_nothing_else_is_asked(endpoint: Endpoint) -> None:
    answer = endpoint.invoke(RECORDS.encode(), "text/csv")
    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == {"instances": [{"features": row} for row in FEATURES]}


def test_bytes_and_named_records_are_answered_too(endpoint: Endpoint) -> None:
    body = json.dumps([{"area": 40, "rooms": 7, "zone": "a", "price": 300}])
    answer = endpoint.invoke(body.encode(), None, "application/x-npy")
    assert answer.content_type == "application/x-npy"
    labelled = np.load(io.BytesIO(answer.body), allow_pickle=False)
    assert labelled.tolist() == [[300.0, *FEATURES[1]]]


def test_the_scripts_own_error_stays_in_the_log(endpoint: Endpoint) -> None:
    answer = endpoint.invoke(b"<houses/>", "text/xml", "text/csv")
    assert answer.status == 424
    assert b"input_fn of featurizer.py raised ValueError; the log says more" in answer.body
    assert b"not supported by script" not in answer.body
    assert b"Traceback" not in answer.body


def test_a_script_that_fails_is_the_failure_reason(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "houses.csv").write_text("area,rooms,zone\n1,2,a\n")
    job = TrainingJob(
        "preprocessor",
        [Channel("train", tmp_path / "houses.csv")],
        source_code=SourceCode("featurizer.py", SCRIPT),
    )
    result = jobs.train(job, tmp_path / "out", engine, logs=discard_line)
    assert (result.status, result.exit_code) == (JobStatus.FAILED, 1)
    reason = (tmp_path / "out" / "FailureReason").read_text()
    assert reason.startswith(
        "AlgorithmError: ScriptError: featurizer.py ended with exit code 1: ValueError: no column"
        " price in ['area', 'rooms', 'zone']."
    )


def test_another_program_of_the_users_can_serve(
    engine: Engine, trained: TrainingResult, tmp_path: Path
) -> None:
    (tmp_path / "serve.py").write_text(
        "from featurizer import model_fn\n"
        "def transform_fn(model, body, content_type, accept):\n"
        "    return str(model.named_transformers_['clip'].limit_[0]), 'text/plain'\n"
    )
    code = SourceCode(str(tmp_path / "serve.py"))
    stage = Stage("preprocessor", trained.model, source_code=code)
    with Endpoint([stage], engine, logs=discard_line) as running:
        answer = running.invoke(b"[]", "application/json")
    assert (answer.content_type, answer.body) == ("text/plain", b"5.0")

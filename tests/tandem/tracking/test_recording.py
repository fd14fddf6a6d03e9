"""The record of a job on a tracking server, and servers that fail."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore import auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials as BotoCredentials  # type: ignore[import-untyped]

from booster.training import train
from tandem.contract.settings import Settings
from tandem.errors import Stopped, UserError
from tandem.tracking.recording import record_run
from tandem.tracking.server_access import find_server
from tests.booster.training_jobs import prepare_job
from tests.tandem.tracking.tracking_server import Calls, serve_calls

PARAMETERS = {"max_depth": 3, "extra": None}
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/runs"
APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-1"


@pytest.fixture
def calls(caplog: pytest.LogCaptureFixture) -> Iterator[Calls]:
    logger = logging.getLogger("tandem")
    logger.addHandler(caplog.handler)
    with serve_calls() as calls:
        yield calls
    logger.removeHandler(caplog.handler)


def record(calls: Calls, root: Path, rounds: int, seconds: int = 60) -> None:
    """Record a job of so many rounds, which trains nothing."""
    job = prepare_job(root, "binary", {})
    settings = Settings(tracking_uri=calls.url, tracking_seconds=seconds)
    with record_run("xgboost", job, PARAMETERS, settings) as run_log:
        for step in range(rounds):
            run_log.log_metrics({"rmse": 1 / (1 + step)}, step)


def test_a_job_is_recorded_from_its_parameters_to_its_status(calls: Calls, tmp_path: Path) -> None:
    objective = {
        "objective": "rank:ndcg",
        "eval_metric": "ndcg@2",
        "num_round": "3",
        "single_query": "true",
    }
    job = prepare_job(tmp_path, "binary", objective)
    with record_run("xgboost", job, PARAMETERS, Settings(tracking_uri=calls.url)) as run_log:
        train(replace(job, run_log=run_log))
    assert calls.list_names()[:2] == ["runs/create", "runs/log-batch"]
    [params] = [c["params"] for n, c in calls.received if n == "runs/log-batch" and "params" in c]
    assert params == [{"key": "max_depth", "value": "3"}]
    assert [step for step, _ in calls.list_metrics()] == [0, 0, 1, 1, 2, 2]
    batches = [content for name, content in calls.received if name == "runs/log-batch"]
    names = {metric["key"] for batch in batches for metric in batch.get("metrics", ())}
    assert names == {"train-ndcg_at_2", "validation-ndcg_at_2"}
    inputs = [c["datasets"][0]["dataset"]["name"] for n, c in calls.received if "inputs" in n]
    assert inputs == ["train", "validation"]
    uploads = {name.partition("/0/r1/a/")[2]: content for name, content in calls.received}
    assert uploads["model/model.ubj"] == (tmp_path / "model" / "xgboost-model").read_bytes()
    assert set(uploads["model/MLmodel"]["flavors"]) == {"python_function", "xgboost"}
    assert b"<html" in uploads["output/report.html"]
    assert calls.received[-1] == ("runs/update", calls.received[-1][1] | {"status": "FINISHED"})


def test_nothing_is_lost_when_a_server_fails_in_between(
    calls: Calls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calls.failures.extend([503, 200, 429])
    record(calls, tmp_path, 2500)
    assert [step for step, _ in calls.list_metrics()] == list(range(2500))
    assert "does not answer: status 503: it is told to answer 503" in caplog.text
    assert "lost are" not in caplog.text


def test_a_refused_record_is_named_and_the_others_are_made(
    calls: Calls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calls.failures.extend([200, 400])
    record(calls, tmp_path, 2)
    assert "refuses parameters: status 400: it is told to answer 400" in caplog.text
    assert calls.received[-1][1]["status"] == "FINISHED"


def test_a_job_does_not_wait_for_a_server_that_is_silent(
    calls: Calls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calls.hangs.set()
    record(calls, tmp_path, 4, seconds=1)  # a request has ten seconds, and there are three tries
    assert "lost are 4 metrics and 1 other records of this job: it takes more" in caplog.text


def test_a_server_that_is_down_is_one_warning_and_its_loss_another(
    calls: Calls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calls.url = "http://127.0.0.1:1/none"
    record(calls, tmp_path, 2)
    warnings = {r.getMessage() for r in caplog.records if calls.url in r.getMessage()}
    assert len(warnings) == 2
    assert all("Connection refused" in warning for warning in warnings)
    assert sum("lost are" in warning for warning in warnings) == 1


@pytest.mark.parametrize(
    ("error", "status"), [(Stopped("on request"), "KILLED"), (UserError("bad"), "FAILED")]
)
def test_the_end_of_a_job_is_the_status_of_its_run(
    calls: Calls, tmp_path: Path, error: Exception, status: str
) -> None:
    job = prepare_job(tmp_path, "binary", {})
    settings = Settings(tracking_uri=calls.url)
    with pytest.raises(type(error)), record_run("xgboost", job, {}, settings):
        raise error
    assert calls.received[-1][1]["status"] == status


def test_only_the_host_that_records_something_has_a_run(calls: Calls, tmp_path: Path) -> None:
    job = replace(prepare_job(tmp_path, "binary", {}), hosts=("algo-1", "algo-2"))
    settings = Settings(tracking_uri=calls.url)
    with record_run("xgboost", job, {}, settings):
        pass
    assert not calls.received
    with record_run("xgboost", job, {}, settings) as run_log:
        run_log.log_metrics({"rmse": float("nan")}, 0)
    assert calls.list_metrics() == [(0, "NaN")]


def test_a_job_that_starts_again_continues_its_run(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "r1")
    record(calls, tmp_path, 1)
    assert calls.received[0][0] == "runs/get?run_id=r1"
    assert calls.received[1] == ("runs/update", {"run_id": "r1", "status": "RUNNING"})
    assert "runs/create" not in calls.list_names()


@pytest.mark.parametrize(
    ("variables", "authorization"),
    [
        ({"MLFLOW_TRACKING_TOKEN": "t"}, "Bearer t"),
        ({"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p"}, "Basic dTpw"),
    ],
)
def test_a_login_is_sent(variables: dict[str, str], authorization: str) -> None:
    access = find_server("https://mlflow.example.org/base/", variables, {})
    assert access.url == "https://mlflow.example.org/base"
    assert access.authorise("GET", access.url, "") == {"Authorization": authorization}


@pytest.mark.parametrize(
    ("arn", "host", "service", "header"),
    [
        (
            SERVER,
            "https://eu-west-1.experiments.sagemaker.aws",
            "sagemaker-mlflow",
            "x-mlflow-sm-tracking-server-arn",
        ),
        (APP, "https://mlflow.sagemaker.eu-west-1.app.aws", "sagemaker", "x-sm-mlflow-app-arn"),
    ],
)
def test_requests_to_a_server_of_sagemaker_are_signed_as_by_botocore(
    arn: str, host: str, service: str, header: str
) -> None:
    access = find_server(arn, {}, KEYS)
    assert access.url == host
    url = f"{host}/api/2.0/mlflow/experiments/get-by-name?experiment_name=my%20exp"
    ours: dict[str, Any] = dict(access.authorise("POST", url, hashlib.sha256(b"{}").hexdigest()))
    assert ours.pop(header) == arn
    request = AWSRequest("POST", url, data=b"{}", headers={"X-Amz-Content-SHA256": ours[_HASH]})
    request.context["timestamp"] = ours["x-amz-date"]
    signer = auth.SigV4Auth(BotoCredentials("AKID", "secret"), service, "eu-west-1")
    stamp = datetime.strptime(ours["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - stamp).total_seconds()) < 600
    canonical = signer.canonical_request(request)
    request.headers["X-Amz-Date"] = ours["x-amz-date"]
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    assert ours["Authorization"].endswith(f"Signature={signature}")


_HASH = "x-amz-content-sha256"


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "arn:aws:s3:::bucket", "http:///nowhere"])
def test_an_address_that_is_no_server_is_refused(uri: str) -> None:
    with pytest.raises(UserError, match="MLFLOW_TRACKING_URI names no server"):
        find_server(uri, {}, {})

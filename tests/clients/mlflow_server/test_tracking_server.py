"""Managed MLflow: a real `mlflow server` behind SageMaker's API, and its client unmodified."""

from __future__ import annotations

import io
import json
import os
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from scripts.lock import aws_clients
from tests.clients.account import REGION, ROLE, Account, name_image, run_service
from tests.clients.conftest import Shell
from tests.clients.mlflow_server import autologging, mlflow_apps

SERVER = "runs"
ARN = f"arn:aws:sagemaker:{REGION}:123456789012:mlflow-tracking-server/{SERVER}"
PROGRAM = Path(__file__).with_name("mlflow_runs.py")
SECONDS_TO_START = 320


@contextmanager
def run_with_mlflow(state: Path) -> Iterator[Account]:
    """Run a service that finds MLflow on its PATH."""
    with pytest.MonkeyPatch.context() as patch:
        programs = aws_clients.prepare_client("clients-mlflow")
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        with run_service("process", state) as account:
            yield account


def wait_for(account: Account, *statuses: str) -> dict[str, Any]:
    deadline, status = time.monotonic() + SECONDS_TO_START, ""
    while time.monotonic() < deadline:
        described = account.sagemaker.describe_mlflow_tracking_server(TrackingServerName=SERVER)
        if (status := described["TrackingServerStatus"]) in statuses:
            return dict(described)
        time.sleep(0.2)
    raise AssertionError(status)


def test_runs_models_jobs_and_restarts_of_a_tracking_server_beside_an_app(tmp_path: Path) -> None:
    with run_with_mlflow(tmp_path / "state") as account:
        bucket = account.bucket("mlflow-artifacts")
        account.sagemaker.create_mlflow_tracking_server(
            TrackingServerName=SERVER,
            ArtifactStoreUri=f"{bucket}/runs",
            RoleArn=ROLE,
            AutomaticModelRegistration=True,
        )
        app = mlflow_apps.create_app(account)
        created = wait_for(account, "Created")
        assert (created["TrackingServerArn"], created["IsActive"]) == (ARN, "Active")
        assert int(created["MlflowVersion"].partition(".")[0]) >= 3
        with pytest.raises(ClientError, match="cannot be started: its status is Created"):
            account.sagemaker.start_mlflow_tracking_server(TrackingServerName=SERVER)
        done = log_a_run(account, tmp_path)
        check_model_registry(account, done["artifacts"])
        check_recorded_job(account)
        autologging.check_autologged_jobs(account, ARN)
        mlflow_apps.check_app(account, app)
        with urllib.request.urlopen(open_page(account)) as page:
            assert b"MLflow" in page.read()
        account.sagemaker.stop_mlflow_tracking_server(TrackingServerName=SERVER)
        assert wait_for(account, "Stopped")["IsActive"] == "Inactive"
        with pytest.raises(ClientError, match="cannot be opened: its status is Stopped"):
            open_page(account)
        account.sagemaker.start_mlflow_tracking_server(TrackingServerName=SERVER)
        wait_for(account, "Started")
    with run_with_mlflow(tmp_path / "state") as account:
        wait_for_page(account)
        assert find_parameter(account, done["run"]) == {"key": "depth", "value": "3"}
        account.sagemaker.delete_mlflow_tracking_server(TrackingServerName=SERVER)
        while account.sagemaker.list_mlflow_tracking_servers()["TrackingServerSummaries"]:
            time.sleep(0.2)
        assert not list((tmp_path / "state").rglob("mlflow.db"))
        assert any(key.endswith("note.txt") for key in account.keys("s3://mlflow-artifacts/"))


def log_a_run(account: Account, folder: Path) -> dict[str, Any]:
    """Run the client's program and return what it says."""
    client = Shell(aws_clients.prepare_client("clients-mlflow"), account.url, folder)
    done: dict[str, Any] = json.loads(client("python", str(PROGRAM), ARN).splitlines()[-1])
    assert done["parameters"] == {"depth": "3"}
    assert done["history"] == [1 / (1 + step) for step in range(5)]
    assert account.get(f"{done['artifacts']}/note.txt") == b"of a run"
    return done


def check_recorded_job(account: Account) -> None:
    """A job of the xgboost image records itself in MLflow, and in its experiment."""
    account.sagemaker.create_experiment(ExperimentName="prices")
    table = "".join(f"{row % 2},{row},{row % 3}\n" for row in range(60))
    data = account.bucket("rows", **{"train/data.csv": table})
    account.train(
        "recorded",
        name_image("xgboost"),
        f"{data}/train",
        HyperParameters={"num_round": "3", "eval_metric": "rmse,mae", "eta": "0.5"},
        Environment={"MLFLOW_TRACKING_URI": ARN, "MLFLOW_EXPERIMENT_NAME": "of jobs"},
        ExperimentConfig={"ExperimentName": "prices"},
    )
    ended = account.trained("recorded")
    assert ended["TrainingJobStatus"] == "Completed", ended
    lines = account.lines("/aws/sagemaker/TrainingJobs", "recorded")
    assert not [line for line in lines if line.startswith("WARNING MLflow")]
    [line] = [line for line in lines if "recording to MLflow" in line]
    run = call_server(account, f"runs/get?run_id={line.rpartition(' ')[2]}")["run"]
    assert (run["info"]["run_name"], run["info"]["status"]) == ("recorded", "FINISHED")
    assert {"key": "eta", "value": "0.5"} in run["data"]["params"]
    assert {metric["key"] for metric in run["data"]["metrics"]} == {"train-rmse", "train-mae"}
    assert [metric["step"] for metric in run["data"]["metrics"]] == [2, 2]
    [dataset] = run["inputs"]["dataset_inputs"]
    assert json.loads(dataset["dataset"]["profile"])["rows"] == 60
    artifacts = run["info"]["artifact_uri"]
    assert b"mlflow.xgboost" in account.get(f"{artifacts}/model/MLmodel")
    model = account.get("s3://rows/models/recorded/output/model.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(model)) as archive:
        kept = archive.extractfile("xgboost-model")
        assert kept is not None
        assert account.get(f"{artifacts}/model/model.ubj") == kept.read()
    assert account.get(f"{artifacts}/output/report.html").startswith(b"<!")
    component = account.sagemaker.describe_trial_component(
        TrialComponentName="recorded-aws-training-job"
    )
    counts = {metric["MetricName"]: metric["Count"] for metric in component["Metrics"]}
    assert counts["train:rmse"] == 3
    assert component["Parameters"]["eta"] == {"NumberValue": 0.5}


def check_model_registry(account: Account, artifacts: str) -> None:
    [group] = account.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    # sha256("runs") begins with these six characters.
    assert group["ModelPackageGroupName"] == "house-prices-1f64ff"
    [package] = account.sagemaker.list_model_packages(
        ModelPackageGroupName=group["ModelPackageGroupName"]
    )["ModelPackageSummaryList"]
    described = account.sagemaker.describe_model_package(
        ModelPackageName=package["ModelPackageArn"]
    )
    assert described["SourceUri"].startswith("models:/") or described["SourceUri"] in artifacts


def open_page(account: Account) -> str:
    made = account.sagemaker.create_presigned_mlflow_tracking_server_url(TrackingServerName=SERVER)
    return str(made["AuthorizedUrl"])


def wait_for_page(account: Account) -> None:
    """Return when the server of a restarted service answers."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{open_page(account)}health").close()
        except (ClientError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server does not answer")


def find_parameter(account: Account, run: str) -> Any:
    [parameter] = call_server(account, f"runs/get?run_id={run}")["run"]["data"]["params"]
    return parameter


def call_server(account: Account, call: str) -> Any:
    request = urllib.request.Request(
        f"{account.url}/api/2.0/mlflow/{call}",
        headers={"x-mlflow-sm-tracking-server-arn": ARN},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)

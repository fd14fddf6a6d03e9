"""Managed MLflow: a real `mlflow server` behind SageMaker's API, and its client unmodified."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from scripts.lock import aws_clients
from tests.clients.account import REGION, ROLE, Account, run_service
from tests.clients.conftest import Shell

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


def test_runs_models_and_restarts_of_a_tracking_server(tmp_path: Path) -> None:
    with run_with_mlflow(tmp_path / "state") as account:
        bucket = account.bucket("mlflow-artifacts")
        account.sagemaker.create_mlflow_tracking_server(
            TrackingServerName=SERVER,
            ArtifactStoreUri=f"{bucket}/runs",
            RoleArn=ROLE,
            AutomaticModelRegistration=True,
        )
        created = wait_for(account, "Created")
        assert (created["TrackingServerArn"], created["IsActive"]) == (ARN, "Active")
        assert int(created["MlflowVersion"].partition(".")[0]) >= 3
        with pytest.raises(ClientError, match="cannot be started: its status is Created"):
            account.sagemaker.start_mlflow_tracking_server(TrackingServerName=SERVER)
        done = log_a_run(account, tmp_path)
        check_model_registry(account, done["artifacts"])
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
    request = urllib.request.Request(
        f"{account.url}/api/2.0/mlflow/runs/get?run_id={run}",
        headers={"x-mlflow-sm-tracking-server-arn": ARN},
    )
    with urllib.request.urlopen(request) as answer:
        [parameter] = json.load(answer)["run"]["data"]["params"]
    return parameter

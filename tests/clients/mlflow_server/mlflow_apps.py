"""The life of an MLflow app: created, used, moved to other artifacts, deleted."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.http_guard import COMMAND_HEADER
from tests.clients.account import ROLE, Account

SECONDS_TO_START = 320


def create_app(account: Account) -> str:
    """Start the creation of an app and give its ARN."""
    store = account.bucket("app-artifacts")
    asked = {"Name": "team", "ArtifactStoreUri": f"{store}/one", "RoleArn": ROLE}
    arn = account.sagemaker.create_mlflow_app(**asked)["Arn"]
    assert account.sagemaker.describe_mlflow_app(Arn=arn)["Status"] == "Creating"
    with pytest.raises(ClientError, match="there is an MLflow app named team"):
        account.sagemaker.create_mlflow_app(**asked)
    with pytest.raises(ClientError, match="cannot be deleted: its status is Creating"):
        account.sagemaker.delete_mlflow_app(Arn=arn)
    return str(arn)


def check_app(account: Account, arn: str) -> None:
    """Use an app that is being created, until it is deleted."""
    created = wait_for(account, arn, "Created")
    assert (created["Name"], created["ModelRegistrationMode"]) == (
        "team",
        "AutoModelRegistrationEnabled",
    )
    [listed] = account.sagemaker.list_mlflow_apps(Status="Created")["Summaries"]
    assert (listed["Arn"], listed["Name"]) == (arn, "team")
    experiment = call(account, arn, "experiments/create", name="first")["experiment_id"]
    first = call(account, arn, "runs/create", experiment_id=experiment)["run"]["info"]
    assert first["artifact_uri"].startswith("s3://app-artifacts/one/")
    account.sagemaker.update_mlflow_app(Arn=arn, ArtifactStoreUri="s3://app-artifacts/two")
    updated = wait_for(account, arn, "Updated")
    assert updated["ArtifactStoreUri"] == "s3://app-artifacts/two"
    moved = call(account, arn, "experiments/create", name="second")["experiment_id"]
    second = call(account, arn, "runs/create", experiment_id=moved)["run"]["info"]
    assert second["artifact_uri"].startswith("s3://app-artifacts/two/")
    assert call(account, arn, "runs/update", run_id=first["run_id"], status="FINISHED")
    with urllib.request.urlopen(open_page(account, arn)) as page:
        assert b"MLflow" in page.read()
    account.sagemaker.delete_mlflow_app(Arn=arn)
    while account.sagemaker.list_mlflow_apps()["Summaries"]:
        time.sleep(0.2)
    with pytest.raises(ClientError, match="Could not find MLflow app"):
        open_page(account, arn)


def wait_for(account: Account, arn: str, status: str) -> dict[str, Any]:
    deadline, described = time.monotonic() + SECONDS_TO_START, {"Status": ""}
    while time.monotonic() < deadline:
        described = account.sagemaker.describe_mlflow_app(Arn=arn)
        if described["Status"] == status:
            return dict(described)
        time.sleep(0.2)
    raise AssertionError(described)


def open_page(account: Account, arn: str) -> str:
    return str(account.sagemaker.create_presigned_mlflow_app_url(Arn=arn)["AuthorizedUrl"])


def call(account: Account, arn: str, path: str, /, **content: Any) -> Any:
    request = urllib.request.Request(
        f"{account.url}/api/2.0/mlflow/{path}",
        data=json.dumps(content).encode(),
        headers={
            "x-sm-mlflow-app-arn": arn,
            "Content-Type": "application/json",
            COMMAND_HEADER: "1",
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)

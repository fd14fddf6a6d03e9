"""Requests to managed MLflow that cannot be done, in process and without MLflow."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from werkzeug.test import Client

from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.http.app import App
from local_test.service.resources.mlflow import installation
from local_test.service.resources.mlflow.forwarding import find_server
from local_test.service.resources.mlflow.model_registration import name_group
from local_test.service.resources.mlflow.resource import APP, TRACKING_SERVER, ServerKey
from local_test.service.resources.mlflow.server_process import ServerSettings
from local_test.service.resources.mlflow.serving import restart_servers
from tests.clients.account import REGION, ROLE
from tests.local_test.service.in_process import open_service

PREFIX = f"arn:aws:sagemaker:{REGION}:123456789012"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Backend, Any]]:
    """A service in process, and a client of it."""
    with open_service(tmp_path) as opened:
        yield opened


def test_without_mlflow_the_sentence_says_how_to_install_it(
    service: tuple[Backend, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(installation, "find_spec", lambda _name: None)
    with pytest.raises(ClientError, match=r"MLflow is not installed.*tandem-local\[mlflow\]"):
        service[1].create_mlflow_tracking_server(
            TrackingServerName="a", ArtifactStoreUri="s3://b/c", RoleArn=ROLE
        )
    assert service[1].list_mlflow_tracking_servers()["TrackingServerSummaries"] == []


def install(folder: Path, *versions: str) -> str:
    """Make environments whose Python says that it has a version of MLflow; return their PATH."""
    for version in versions:
        (folder / version).mkdir(parents=True)
        (folder / version / "mlflow").touch()
        python = folder / version / "python"
        python.write_text(f"#!/bin/sh\necho {version}\n")
        python.chmod(0o755)
    return os.pathsep.join(str(folder / version) for version in versions)


def test_a_server_has_the_version_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", install(tmp_path, "3.4.1", "2.13.2", "3.4.0"))
    monkeypatch.setattr(installation, "find_spec", lambda _name: None)
    assert installation.find_installation().version == "3.4.1"
    assert installation.find_version("2.13.2").python == tmp_path / "2.13.2/python"
    assert installation.find_version("3.4.0").version == "3.4.0"
    assert installation.find_version("3.4").version == "3.4.1"
    assert installation.find_successor("2.13.9").version == "2.13.2"
    with pytest.raises(ApiError, match=r"MLflow 2\.16\.2 is not installed"):
        installation.find_successor("2.16.2")


def test_a_version_that_is_not_installed_is_refused(
    service: tuple[Backend, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", install(tmp_path / "versions", "3.4.1"))
    monkeypatch.setattr(installation, "find_spec", lambda _name: None)
    with pytest.raises(ClientError, match=r"MLflow 2\.13\.2 is not installed.*which has 3\.4\.1"):
        service[1].create_mlflow_tracking_server(
            TrackingServerName="a",
            ArtifactStoreUri="s3://b/c",
            RoleArn=ROLE,
            MlflowVersion="2.13.2",
        )
    assert service[1].list_mlflow_tracking_servers()["TrackingServerSummaries"] == []


def test_a_server_without_its_version_is_inactive_after_a_restart(
    service: tuple[Backend, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", install(tmp_path / "versions", "3.4.1"))
    monkeypatch.setattr(installation, "find_spec", lambda _name: None)
    backend, sagemaker = service
    record = {
        "TrackingServerName": "old",
        "TrackingServerStatus": "Created",
        "MlflowVersion": "2.13.2",
        "IsActive": "Active",
        "CreationTime": 1.0,
    }
    backend.records.add(TRACKING_SERVER, REGION, "old", record)
    restart_servers(backend)
    described = sagemaker.describe_mlflow_tracking_server(TrackingServerName="old")
    assert (described["TrackingServerStatus"], described["IsActive"]) == ("Created", "Inactive")
    client = Client(App(backend))
    headers = {"x-mlflow-sm-tracking-server-arn": f"{PREFIX}:mlflow-tracking-server/old"}
    answer = client.get("/api/2.0/mlflow/runs/get", headers=headers)
    assert answer.status_code == 409  # a client would send it again after 503
    assert "does not run: its status is Created: MLflow 2.13.2 is not installed" in answer.text
    with pytest.raises(ClientError, match=r"MLflow 2\.13\.2 is not installed"):
        sagemaker.start_mlflow_tracking_server(TrackingServerName="old")


def test_an_app_does_not_take_the_name_of_another(service: tuple[Backend, Any]) -> None:
    backend, sagemaker = service
    for name in ("one", "two"):
        record = {
            "Name": name,
            "MlflowAppName": f"app-{name}",
            "MlflowAppStatus": "Created",
            "ArtifactStoreUri": "s3://b/c",
            "IsActive": "Inactive",
        }
        backend.records.add(APP, REGION, f"app-{name}", record)
    arn = f"{PREFIX}:mlflow-app/app-one"
    with pytest.raises(ClientError, match="there is an MLflow app named two"):
        sagemaker.update_mlflow_app(Arn=arn, Name="two")
    assert sagemaker.update_mlflow_app(Arn=arn, Name="one")["Arn"] == arn
    assert sagemaker.update_mlflow_app(Arn=arn, Name="three")["Arn"] == arn
    assert backend.records.get(APP, REGION, "app-one")["Name"] == "three"


@pytest.mark.parametrize(
    ("arn", "sentence"),
    [
        ("", "no ARN of an MLflow tracking server or app: none is given"),
        (f"{PREFIX}:model/a", "no ARN of an MLflow tracking server or app"),
        (f"{PREFIX}:mlflow-tracking-server/gone", 'Could not find MLflow tracking server ".*gone"'),
    ],
)
def test_a_request_for_no_server_is_refused(
    arn: str, sentence: str, service: tuple[Backend, Any]
) -> None:
    with pytest.raises(ApiError, match=sentence):
        find_server(service[0], arn)


def test_a_server_of_another_type_has_another_group() -> None:
    server = name_group("my model!", ServerKey(TRACKING_SERVER, REGION, "one"))
    app = name_group("my model!", ServerKey(APP, REGION, "app-1"))
    assert server.startswith("my-model-")
    assert server != app
    assert len(name_group("m" * 100, ServerKey(APP, REGION, "app-1"))) == 63


@pytest.mark.parametrize(("version", "checks_hosts"), [("2.13.2", False), ("3.17.2", True)])
def test_a_server_checks_the_host_of_requests_where_mlflow_can(
    version: str, checks_hosts: bool, tmp_path: Path
) -> None:
    settings = ServerSettings(tmp_path, version, tmp_path, "s3://b/c", "http://127.0.0.1:1", REGION)
    assert ("--allowed-hosts" in settings.make_command(5000)) == checks_hosts

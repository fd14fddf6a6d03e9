"""Requests to managed MLflow that cannot be done, in process and without MLflow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.resources.mlflow import installation
from local_test.service.resources.mlflow.forwarding import find_server
from local_test.service.resources.mlflow.model_registration import name_group
from local_test.service.resources.mlflow.resource import APP, TRACKING_SERVER, ServerKey
from local_test.service.resources.mlflow.server_process import ServerSettings
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
    with pytest.raises(ClientError, match=r"MLflow is not installed.*pip install mlflow"):
        service[1].create_mlflow_tracking_server(
            TrackingServerName="a", ArtifactStoreUri="s3://b/c", RoleArn=ROLE
        )
    assert service[1].list_mlflow_tracking_servers()["TrackingServerSummaries"] == []


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

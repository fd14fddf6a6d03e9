"""Credentials of a role: both protocols, their lifetime, and requests that are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from local_test.engines import discard_line, select_engine
from local_test.service.backend import Backend
from local_test.service.container_access import role_sessions
from local_test.service.container_access.credentials_routes import answer_credentials_request
from local_test.service.container_access.role_sessions import RoleSessions
from tests.clients.account import REGION, ROLE

ROLES = "/latest/meta-data/iam/security-credentials/"


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    backend = Backend(tmp_path_factory.mktemp("state"), "http://127.0.0.1:1")
    yield backend
    backend.close()


@pytest.fixture
def sessions(backend: Backend) -> RoleSessions:
    return backend.role_sessions


@pytest.fixture
def key(sessions: RoleSessions) -> str:
    return sessions.open(REGION, ROLE)


def ask(sessions: RoleSessions, path: str, method: str = "GET", **headers: str) -> Response:
    request = EnvironBuilder(path, method=method, headers=Headers(headers)).get_request()
    response = answer_credentials_request(sessions, request)
    assert response is not None
    return response


def test_both_protocols_give_the_same_keys(sessions: RoleSessions, key: str) -> None:
    container = json.loads(ask(sessions, f"/v2/credentials/{key}").data)
    assert ask(sessions, f"/v2/credentials/{key}{ROLES}").data == b"any"
    instance = json.loads(ask(sessions, f"/v2/credentials/{key}{ROLES}any").data)
    assert {name: instance[name] for name in instance if name in container} == {
        name: container[name] for name in container if name not in {"RoleArn", "AccountId"}
    }
    assert (container["RoleArn"], instance["Code"]) == (ROLE, "Success")


def test_credentials_that_end_soon_are_replaced(
    sessions: RoleSessions, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role_sessions, "_LIFETIME", timedelta(minutes=20))
    first = sessions.get_credentials(key)
    monkeypatch.undo()
    second, third = sessions.get_credentials(key), sessions.get_credentials(key)
    assert first is not None
    assert second is not None
    assert first.access_key != second.access_key
    assert second is third
    assert second.secret_key not in repr(second)


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        (ROLES + "another", "GET", {}, 404),
        ("/latest/dynamic/instance-identity/document", "GET", {}, 404),
        ("", "POST", {}, 405),
        ("/latest/api/token", "GET", {}, 405),
        ("/latest/api/token", "PUT", {}, 400),
        ("/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, 200),
    ],
)
def test_other_requests_are_refused(
    sessions: RoleSessions,
    key: str,
    path: str,
    method: str,
    headers: dict[str, str],
    status: int,
) -> None:
    assert ask(sessions, f"/v2/credentials/{key}{path}", method, **headers).status_code == status


def test_a_key_ends_with_its_session(sessions: RoleSessions, key: str) -> None:
    assert ask(sessions, f"/v2/credentials/{key}").status_code == 200
    sessions.close(key)
    assert ask(sessions, f"/v2/credentials/{key}").status_code == 404
    assert sessions.get_credentials(key) is None


def test_without_a_role_there_are_no_credentials(backend: Backend) -> None:
    with select_engine("process").open_network("any", discard_line) as network:
        without = backend.make_aws_access(REGION, None, isolated=False)
        with without.grant(network, pytest.fail) as variables:
            assert variables == {
                "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
                "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": "http://127.0.0.1:1",
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCOUNT_ID": "123456789012",
            }
        with backend.make_aws_access(REGION, ROLE, isolated=True).grant(
            network, pytest.fail
        ) as variables:
            assert variables == {}


def test_the_address_of_credentials_ends_with_the_job(backend: Backend) -> None:
    with select_engine("process").open_network("any", discard_line) as network:
        with backend.make_aws_access(REGION, ROLE, isolated=False).grant(
            network, pytest.fail
        ) as variables:
            address = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
            path = address.removeprefix("http://127.0.0.1:1")
            assert ask(backend.role_sessions, path).status_code == 200
        assert ask(backend.role_sessions, path).status_code == 404


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_a_bridge_that_cannot_be_served_is_a_warning(backend: Backend) -> None:
    """The backend of this test has no server, so that nothing listens on a bridge."""
    access = backend.make_aws_access(REGION, ROLE, isolated=False)
    warnings: list[str] = []
    with (
        select_engine("docker").open_network("any", discard_line) as network,
        access.grant(network, warnings.append) as variables,
    ):
        assert variables == {}
    [warning] = warnings
    assert warning.startswith("no access to AWS in this container: nothing serves the API at 1")

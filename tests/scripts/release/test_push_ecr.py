"""A push to ECR: moto answers its API, a registry on this machine that asks a password its layers.

The one thing between them: the API's answers name the local registry where AWS would name its own.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import docker
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app

from scripts.release import image_check
from tests.conftest import docker_engine, train
from tests.scripts.pushing import Checkout, serve_registry

pytestmark = pytest.mark.docker

ACCOUNT, REGION = "123456789012", "eu-south-2"
# bcrypt of the password in moto's authorization token: 123456789012-auth-token
USERS = "AWS:$2b$04$3WRWfnODkwzc.3bZMVI8U.qXMozS8mlOPd3Yn5bOE4cWLdZ8xXCJS\n"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@dataclass(frozen=True)
class Cloud:
    """An account of AWS on this machine."""

    address: str
    registry: str
    ecr: Any

    def push(self, checkout: Checkout, *arguments: str) -> Any:
        where = [f"--account={ACCOUNT}", f"--region={REGION}"]
        return checkout.push(*where, *arguments, AWS_ENDPOINT_URL=self.address, **KEYS)

    def credentials(self) -> dict[str, str]:
        return {"username": "AWS", "password": f"{ACCOUNT}-auth-token"}


class Renamed:
    """A WSGI application whose answers name another registry."""

    def __init__(self, application: Any, registry: str) -> None:
        self._application, self._registry = application, registry

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        answer, status, headers = run_wsgi_app(self._application, environ)
        theirs = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
        body = b"".join(answer).replace(theirs.encode(), self._registry.encode())
        headers["Content-Length"] = str(len(body))
        start(status, headers.to_wsgi_list())
        return [body]


@pytest.fixture
def cloud(docker_client: docker.DockerClient, tmp_path: Path) -> Iterator[Cloud]:
    """Start both halves, and leave no repository behind."""
    assert docker_client.ping()
    (tmp_path / "registry").mkdir()
    with serve_registry(tmp_path / "registry", USERS) as registry:
        application = Renamed(DomainDispatcherApplication(create_backend_app), registry)
        server = make_server("127.0.0.1", 0, application, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        keys = {key.lower(): value for key, value in KEYS.items()}
        ecr = boto3.client("ecr", region_name=REGION, endpoint_url=address, **keys)
        try:
            yield Cloud(address, registry, ecr)
            for one in ecr.describe_repositories()["repositories"]:
                ecr.delete_repository(repositoryName=one["repositoryName"], force=True)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def test_a_missing_repository_is_made_as_it_should_be(checkout: Checkout, cloud: Cloud) -> None:
    ended = cloud.push(checkout)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Making the repository tandem-tiny ...\nPushing ")
    (made,) = cloud.ecr.describe_repositories()["repositories"]
    assert made["repositoryName"] == "tandem-tiny"
    assert made["imageTagMutability"] == "IMMUTABLE"
    assert made["imageScanningConfiguration"] == {"scanOnPush": True}
    policy = cloud.ecr.get_lifecycle_policy(repositoryName="tandem-tiny")["lifecyclePolicyText"]
    kept = [rule["selection"] for rule in json.loads(policy)["rules"]]
    assert [(one["tagStatus"], one["countNumber"]) for one in kept] == [
        ("untagged", 14),
        ("any", 100),
    ]


def test_the_password_is_the_tokens_and_is_printed_nowhere(
    checkout: Checkout, cloud: Cloud, docker_client: docker.DockerClient
) -> None:
    ended = cloud.push(checkout)
    address = f"{cloud.registry}/tandem-tiny:{checkout.tag()}"
    with pytest.raises(docker.errors.APIError, match="no basic auth credentials"):
        docker_client.images.get_registry_data(address)
    there = docker_client.images.get_registry_data(address, auth_config=cloud.credentials())
    assert there.attrs["Descriptor"]["mediaType"] == image_check.MEDIA_TYPE
    assert f"{cloud.registry}/tandem-tiny@{there.id}" in ended.stdout
    assert "auth-token" not in ended.stdout + ended.stderr


def test_a_repository_that_is_there_stays_as_it_is(checkout: Checkout, cloud: Cloud) -> None:
    cloud.ecr.create_repository(repositoryName="tandem-tiny")
    ended = cloud.push(checkout)
    assert "The repository tandem-tiny lets a tag be moved" in ended.stdout
    (found,) = cloud.ecr.describe_repositories()["repositories"]
    assert found["imageTagMutability"] == "MUTABLE"
    with pytest.raises(cloud.ecr.exceptions.LifecyclePolicyNotFoundException):
        cloud.ecr.get_lifecycle_policy(repositoryName="tandem-tiny")


def test_a_dry_run_makes_no_repository(checkout: Checkout, cloud: Cloud) -> None:
    assert cloud.push(checkout, "--dry-run").returncode == 0
    assert cloud.ecr.describe_repositories()["repositories"] == []


def test_an_image_pulled_back_by_its_digest_trains(
    checkout: Checkout, cloud: Cloud, docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    engine = docker_engine()
    real = "FROM tandem-xgboost:latest\nARG REVISION\n"
    label = f"LABEL {image_check.REVISION}=$REVISION\n"
    checkout.write("containers/tiny/Dockerfile", real + label)
    checkout.commit()
    checkout.build()
    ended = cloud.push(checkout)
    assert (ended.returncode, ended.stderr) == (0, "")
    (uri,) = [line for line in ended.stdout.splitlines() if line.startswith(cloud.registry)]
    checkout.clean(cloud.registry)
    docker_client.images.pull(uri, auth_config=cloud.credentials())
    rows = tmp_path / "rows.csv"
    rows.write_text("".join(f"{row % 7},{row % 7},{row % 3}\n" for row in range(60)))
    train(engine, uri, {"train": rows}, {"num_round": "3"}, tmp_path / "job")
    assert (tmp_path / "job/model.tar.gz").stat().st_size > 0

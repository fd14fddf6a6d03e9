"""`docker` of programs that use the service: pushes to ECR, with a real Docker and its API."""

from __future__ import annotations

import os
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import docker
import pytest

from local_test.commands.env import make_exports
from local_test.commands.shared.docker_command import add_docker_command
from tests.clients.account import REGION, Account

HOST = f"123456789012.dkr.ecr.{REGION}.amazonaws.com"


@pytest.fixture
def repository() -> str:
    return f"own/{uuid.uuid4().hex}"


@pytest.fixture
def pushed(docker_client: docker.DockerClient, repository: str) -> Iterator[str]:
    """An image of this machine under a name in ECR."""
    name = f"{HOST}/{repository}:v1"
    docker_client.images.get("tandem-standin:latest").tag(f"{HOST}/{repository}", tag="v1")
    yield name
    docker_client.images.remove(name)


def run(
    account: Account, folder: Path, *words: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `docker` as a program in a session does."""
    environment = {name: value for name, value in os.environ.items() if "AWS" not in name}
    environment |= make_exports(account.url, REGION, folder)
    with tempfile.TemporaryDirectory() as programs:
        environment["PATH"] = add_docker_command(os.environ["PATH"], Path(programs))
        return run_docker(environment, words, text)


def run_docker(
    environment: dict[str, str], words: Sequence[str], text: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *words],
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_an_image_is_pushed_to_the_accounts_registry(
    service: Account, pushed: str, repository: str, tmp_path: Path
) -> None:
    missing = run(service, tmp_path, "push", pushed)
    assert missing.returncode == 1
    assert f"The repository with name '{repository}' does not exist" in missing.stderr
    ecr = service.client("ecr")
    ecr.create_repository(repositoryName=repository)
    login = run(
        service, tmp_path, "login", "--username", "AWS", "--password-stdin", HOST, text="secret"
    )
    assert (login.returncode, login.stdout) == (0, "Login Succeeded\n")
    assert run(service, tmp_path, "push", pushed).returncode == 0
    done = run(service, tmp_path, "push", pushed)
    assert done.returncode == 0, done.stderr
    [image] = ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert image["imageTags"] == ["v1"]
    assert image["imageDigest"] in done.stdout
    assert run(service, tmp_path, "pull", pushed).returncode == 0


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_an_image_that_is_not_there_is_named(
    service: Account, repository: str, tmp_path: Path
) -> None:
    name = f"{HOST}/{repository}"
    pushed = run(service, tmp_path, "push", name)
    assert pushed.returncode == 1
    assert f"An image does not exist locally with the tag: {name}:latest" in pushed.stderr
    pulled = run(service, tmp_path, "pull", name)
    assert pulled.returncode == 1
    assert f"manifest for {name}:latest not found" in pulled.stderr


@pytest.mark.docker
def test_other_commands_are_dockers_own(service: Account, tmp_path: Path) -> None:
    plain = subprocess.run(["docker", "version"], capture_output=True, text=True, check=True)
    assert run(service, tmp_path, "version").stdout == plain.stdout
    unknown = run(service, tmp_path, "push", "127.0.0.1:1/nothing:here")
    assert unknown.returncode != 0
    assert "127.0.0.1:1/nothing" in unknown.stdout + unknown.stderr


def test_without_docker_the_path_stays_as_it_is(tmp_path: Path) -> None:
    assert add_docker_command(str(tmp_path), tmp_path) == str(tmp_path)
    assert list(tmp_path.iterdir()) == []

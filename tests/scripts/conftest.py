"""What the stories of a push share."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.scripts.pushing import Checkout, serve_registry


@pytest.fixture
def registry(
    docker_client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Start a registry that asks no password."""
    assert docker_client.ping()
    with serve_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def one_at_a_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Wait for other workers' stories of a push: all of them name their image alike."""
    with (tmp_path_factory.getbasetemp().parent / "pushing").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@pytest.fixture
def checkout(
    tmp_path: Path, docker_client: docker.DockerClient, one_at_a_time: None
) -> Iterator[Checkout]:
    """Give a clean checkout whose image is built from its commit."""
    assert one_at_a_time is None
    made = Checkout(tmp_path / "checkout", docker_client)
    made.build()
    yield made
    made.clean("127.0.0.1:")

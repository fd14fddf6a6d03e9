"""What the stories of a push share."""

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.scripts.pushing import Checkout, serving


@pytest.fixture
def registry(
    docker_client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Start a registry that asks no password."""
    assert docker_client.ping()
    with serving(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def checkout(tmp_path: Path, docker_client: docker.DockerClient) -> Iterator[Checkout]:
    """Give a clean checkout whose image is built from its commit."""
    made = Checkout(tmp_path / "checkout", docker_client)
    made.build()
    yield made
    made.clean("127.0.0.1:")

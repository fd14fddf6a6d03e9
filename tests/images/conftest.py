"""The engine and the images under test; without them the stories here are skipped, or fail."""

from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound
from docker.models.images import Image

from tests.conftest import absent
from tests.images.running import Containers, Tree


@pytest.fixture(params=["analyzer", "preprocessor", "python", "xgboost"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def image(docker_client: docker.DockerClient, name: str) -> Image:
    try:
        return docker_client.images.get(f"tandem-{name}:latest")
    except ImageNotFound:
        absent(f"tandem-{name}:latest is not built: run 'make build'.")


@pytest.fixture
def containers(docker_client: docker.DockerClient) -> Containers:
    return Containers(docker_client)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "ml")

"""The build, up to the point where the engine takes over."""

import subprocess
import sys

import docker
import pytest

from scripts.checkout.shell import ROOT
from scripts.images import base_image, build


def run(path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.images.build", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PATH": path})


def test_a_machine_without_docker_is_told_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    ended = run(str(tmp_path_factory.mktemp("empty")))
    assert ended.returncode == 1
    assert ended.stderr == "Docker is not running: start it, for example with 'dockerd'.\n"


@pytest.mark.docker
def test_an_image_that_is_not_there_is_named(docker_client: docker.DockerClient) -> None:
    assert docker_client.ping()
    ended = run("/usr/local/bin:/usr/bin:/bin", "booster")
    assert ended.returncode == 1
    assert ended.stderr.startswith("containers/booster/Dockerfile does not exist")


@pytest.mark.docker
def test_a_base_that_the_engine_has_is_taken(docker_client: docker.DockerClient) -> None:
    tags = {tag for image in docker_client.images.list() for tag in image.tags}
    if not tags & {build.SLIM, base_image.IMAGE}:
        pytest.skip("The engine has no base image: run 'make base-image'.")
    assert build.choose_base() in tags

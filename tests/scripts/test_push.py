"""A push to a real registry on this machine, from a small checkout of its own."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import docker
import pytest

from scripts import candidate
from scripts.commands import ROOT
from scripts.project import commit, version

pytestmark = pytest.mark.docker

DOCKERFILE = f"""FROM scratch
COPY version /
ARG REVISION
LABEL {candidate.BIND}=true {candidate.REVISION}=$REVISION
"""
IMAGE = f"tandem-tiny:{version()}"


class Checkout:
    """A checkout with one image, `tiny`, and the command `push` in it."""

    def __init__(self, folder: Path, client: docker.DockerClient) -> None:
        self.folder = folder
        self._client = client
        shutil.copytree(ROOT / "scripts", folder / "scripts")
        self.write("containers/runtime/tandem/_version.py", f'__version__ = "{version()}"\n')
        self.write("containers/tiny/Dockerfile", DOCKERFILE)
        self.write(".gitignore", "__pycache__/\n")
        self.git("init", "--quiet")
        self.commit()

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def commit(self) -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message=a commit")

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
        subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True)

    def revision(self) -> str:
        return commit(self.folder) or ""

    def build(self, context: Path) -> None:
        shutil.copy(self.folder / "containers/tiny/Dockerfile", context)
        (context / "version").write_text(version())
        arguments = {"REVISION": self.revision()}
        self._client.images.build(path=str(context), tag=IMAGE, buildargs=arguments, rm=True)

    def push(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scripts.push", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)


@pytest.fixture
def checkout(
    tmp_path: Path, docker_client: docker.DockerClient, registry: str
) -> Iterator[Checkout]:
    """Give a clean checkout whose image is built from its commit."""
    made = Checkout(tmp_path / "checkout", docker_client)
    (tmp_path / "context").mkdir()
    made.build(tmp_path / "context")
    yield made
    for image in docker_client.images.list():
        if any(tag == IMAGE or tag.startswith(registry) for tag in image.tags):
            docker_client.images.remove(image.id or IMAGE, force=True)


@pytest.fixture
def registry(
    docker_client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Start Debian's docker-registry on a free port of the loopback."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("There is no registry to push to: run 'apt-get install docker-registry'.")
    assert docker_client.ping()
    folder = tmp_path_factory.mktemp("registry")
    address = f"127.0.0.1:{free_port()}"
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": address},
    }
    (folder / "config.yml").write_text(json.dumps(settings))
    with (folder / "log").open("w") as log:
        command = [program, "serve", str(folder / "config.yml")]
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(address)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(address: str) -> None:
    host, port = address.split(":")
    for _ in range(100):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The registry does not listen on {address}.")


def manifest(registry: str, reference: str) -> tuple[str, str]:
    """Ask the registry itself for the media type and the digest of a manifest."""
    request = urllib.request.Request(f"http://{registry}/v2/tandem-tiny/manifests/{reference}")
    request.add_header("Accept", candidate.MEDIA_TYPE)
    answer: HTTPResponse
    with urllib.request.urlopen(request) as answer:
        return answer.headers["Content-Type"], answer.headers["Docker-Content-Digest"]


def test_a_push_prints_an_address_that_the_registry_knows(
    checkout: Checkout, registry: str
) -> None:
    ended = checkout.push(f"--registry={registry}")
    assert (ended.returncode, ended.stderr) == (0, "")
    tag = f"{version()}-{checkout.revision()[:12]}"
    media_type, digest = manifest(registry, tag)
    assert media_type == candidate.MEDIA_TYPE
    assert f'image_uri="{registry}/tandem-tiny@{digest}"' in ended.stdout


def test_a_tag_that_is_there_is_not_pushed_again(checkout: Checkout, registry: str) -> None:
    first = checkout.push(f"--registry={registry}").stdout
    again = checkout.push(f"--registry={registry}").stdout
    assert "Pushing" in first
    assert "Pushing" not in again
    assert first.splitlines()[1:] == again.splitlines()


def test_a_dry_run_pushes_nothing(checkout: Checkout) -> None:
    ended = checkout.push("--account=123456789012", "--region=eu-west-1", "--dry-run")
    tag = f"{version()}-{checkout.revision()[:12]}"
    assert ended.stdout == (
        f"Would push {IMAGE} to ECR of account 123456789012 in eu-west-1 with the tag {tag}.\n"
    )


def test_a_checkout_with_changes_is_refused(checkout: Checkout, registry: str) -> None:
    checkout.write("note", "not committed\n")
    ended = checkout.push(f"--registry={registry}")
    assert ended.returncode == 1
    assert ended.stderr.startswith("The checkout has changes that are not committed:")


def test_an_image_older_than_the_commit_is_refused(checkout: Checkout, registry: str) -> None:
    built_from = checkout.revision()
    checkout.commit()
    ended = checkout.push(f"--registry={registry}")
    assert ended.returncode == 1
    assert f"{IMAGE} was built from {built_from}, not from {checkout.revision()}" in ended.stderr


def test_a_push_to_nowhere_says_how_to_name_a_place(checkout: Checkout) -> None:
    ended = checkout.push()
    assert ended.returncode == 1
    assert ended.stderr.startswith("Say where to: 'make push ACCOUNT=... REGION=...'")


def test_a_registry_that_does_not_answer_is_one_line(checkout: Checkout) -> None:
    ended = checkout.push(f"--registry=127.0.0.1:{free_port()}")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "connection refused" in ended.stderr

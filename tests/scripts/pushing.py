"""A small checkout with one image, and a registry on this machine to push it to."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.client import HTTPResponse
from pathlib import Path

import docker
import pytest

from scripts.checkout.project import read_commit, read_version
from scripts.checkout.shell import ROOT
from scripts.release import image_check

DOCKERFILE = f"""FROM scratch
COPY version /
ARG REVISION
LABEL {image_check.BIND}=true {image_check.REVISION}=$REVISION
"""
IMAGE = f"tandem-tiny:{read_version()}"


class Checkout:
    """A checkout with one image, `tiny`, and the command `push` in it."""

    def __init__(self, folder: Path, client: docker.DockerClient) -> None:
        self.folder = folder
        self._client = client
        shutil.copytree(ROOT / "scripts", folder / "scripts")
        self.write("containers/runtime/tandem/_version.py", f'__version__ = "{read_version()}"\n')
        self.write("containers/tiny/Dockerfile", DOCKERFILE)
        for form in ("", ".arm64"):
            self.write(f"containers/tiny/requirements{form}.lock", "")
        self.write(".gitignore", "__pycache__/\nbuild/\n")
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
        return read_commit(self.folder) or ""

    def tag(self) -> str:
        return f"{read_version()}-{self.revision()[:12]}"

    def build(self, content: str = "1\n") -> None:
        with tempfile.TemporaryDirectory() as context:
            shutil.copy(self.folder / "containers/tiny/Dockerfile", context)
            Path(context, "version").write_text(content)
            arguments = {"REVISION": self.revision()}
            self._client.images.build(path=context, tag=IMAGE, buildargs=arguments, rm=True)

    def load(self, architecture: str, name: str) -> None:
        """Give the engine an image of any processor, with one empty layer."""
        layer = write_tar({})
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {"Labels": {image_check.BIND: "true", image_check.REVISION: self.revision()}},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer).hexdigest()}"]},
        }
        parts = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
        texts = {"config.json": json.dumps(config), "manifest.json": json.dumps(parts)}
        files = {path: text.encode() for path, text in texts.items()}
        self._client.images.load(write_tar({**files, "layer.tar": layer}))

    def push(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scripts.release.push", *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )

    def clean(self, registry: str) -> None:
        """Remove from the engine what the test has made there."""
        for image in self._client.images.list():
            names = [*image.tags, *(image.attrs["RepoDigests"] or [])]
            if any(name.startswith((registry, "tandem-tiny:")) for name in names):
                self._client.images.remove(image.id or IMAGE, force=True)


def write_tar(files: dict[str, bytes]) -> bytes:
    """Put files into an archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as packed:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


@contextmanager
def serve_registry(folder: Path, users: str = "") -> Iterator[str]:
    """Run Debian's docker-registry on a free port; `users` are lines of an htpasswd file."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("There is no registry to push to: run 'apt-get install docker-registry'.")
    address = f"127.0.0.1:{find_free_port()}"
    settings: dict[str, object] = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": address},
    }
    if users:
        (folder / "users").write_text(users)
        settings["auth"] = {"htpasswd": {"realm": "a registry", "path": str(folder / "users")}}
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


def find_free_port() -> int:
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


def read_manifest(registry: str, reference: str) -> tuple[str, str]:
    """Ask the registry itself for the media type and the digest of a manifest."""
    request = urllib.request.Request(f"http://{registry}/v2/tandem-tiny/manifests/{reference}")
    request.add_header("Accept", image_check.MEDIA_TYPE)
    answer: HTTPResponse
    with urllib.request.urlopen(request) as answer:
        return answer.headers["Content-Type"], answer.headers["Docker-Content-Digest"]

"""Runs an image as a stranger would: any user, a read-only root, no network."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container
from docker.models.images import Image

STRANGER: Mapping[str, Any] = {
    "user": "12345:12345",
    "read_only": True,
    "tmpfs": {"/tmp": ""},  # noqa: S108 (a mount inside the container)
    "network_mode": "none",
}


@dataclass(frozen=True)
class Ended:
    """How a container ended, and what it said."""

    code: int
    text: str


class Containers:
    """Starts containers of an image and leaves none behind."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    @contextmanager
    def start(self, image: Image, command: Sequence[str], **options: Any) -> Iterator[Container]:
        """Run a container for as long as the block lasts."""
        container = self._client.containers.run(
            image.id or "", list(command), detach=True, **options
        )
        try:
            yield container
        finally:
            container.remove(force=True)

    def run(self, image: Image, command: Sequence[str], **options: Any) -> Ended:
        """Run a container to its end."""
        with self.start(image, command, **options) as container:
            code = container.wait(timeout=120)["StatusCode"]
            return Ended(code, container.logs().decode())


class Tree:
    """The directory that stands for /opt/ml, open to any user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for path in ("input/config", "input/data", "model", "output"):
            (folder / path).mkdir(parents=True)
        for path in ("model", "output"):
            (folder / path).chmod(0o777)

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()

    def mounts(self, *writable: str) -> dict[str, dict[str, str]]:
        """Mount the parts as the platform does: everything read-only but what is named."""
        return {
            str(self.folder / part): {
                "bind": f"/opt/ml/{part}",
                "mode": "rw" if part in writable else "ro",
            }
            for part in ("input", "model", "output")
        }

"""Where the images serve: containers with a limit of processors, or processes without one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException
from docker.models.containers import Container

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load.servers import (
    HOST,
    ServerSpec,
    build_image_environment,
    is_healthy,
    start_servers,
)
from local_test.engines.image_names import to_image_reference

_START_SECONDS, _PAUSE_SECONDS = 120.0, 0.1
_MODELS = ("one", "two", "three")


@dataclass(frozen=True)
class RunningServer:
    """A server: its port, and the session that all of its processes are in."""

    port: int
    session: int


RunningServers = Mapping[str, RunningServer]


@dataclass(frozen=True)
class Deployment:
    """What is to be served: an image with one model, or with a folder of them."""

    image: str
    model: Path
    many: bool = False

    def list_mounts(self) -> dict[str, dict[str, str]]:
        """Return the model's folder as a container sees it."""
        if not self.many:
            return {str(self.model): {"bind": "/opt/ml/model", "mode": "ro,z"}}
        named = self.model.parent / "models"
        return {str(named): {"bind": "/opt/ml/models", "mode": "ro,z"}}

    def build_environment(self) -> dict[str, str]:
        """Return the variables the platform sets."""
        return {"SAGEMAKER_MULTI_MODEL": "true"} if self.many else {}


def copy_models(model: Path) -> list[str]:
    """Lay copies of a model beside it, for an endpoint of many; gives their names."""
    for name in _MODELS:
        folder = model.parent / "models" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file in model.iterdir():
            if not (folder / file.name).exists():
                (folder / file.name).hardlink_to(file)
    return list(_MODELS)


def has_images() -> bool:
    """Return whether there are Docker and both images."""
    try:
        client = docker.from_env()
    except DockerException:
        return False
    try:
        for image in ("preprocessor", "xgboost"):
            client.images.get(to_image_reference(image))
    except DockerException:
        return False
    finally:
        client.close()
    return True


@contextmanager
def serve_in_containers(
    served: Mapping[str, Deployment], processors: float
) -> Iterator[RunningServers]:
    """Serve in containers of so many processors each."""
    client = docker.from_env()
    made: dict[str, Container] = {}
    try:
        for name, one in served.items():
            options: dict[str, Any] = {
                "nano_cpus": int(processors * 1e9),
                "ports": {"8080/tcp": (HOST, None)},
                "volumes": one.list_mounts(),
                "environment": one.build_environment(),
            }
            image = to_image_reference(one.image)
            made[name] = client.containers.run(image, ["serve"], detach=True, **options)
        yield {name: _wait_for_container(container) for name, container in made.items()}
    finally:
        for container in made.values():
            container.remove(force=True, v=True)
        client.close()


@contextmanager
def serve_in_processes(served: Mapping[str, Deployment], folder: Path) -> Iterator[RunningServers]:
    """Serve with processes of this environment."""
    servers = [_describe_server(name, one, folder) for name, one in served.items()]
    with start_servers(*servers) as found:
        yield {
            name: RunningServer(int(one.url.rpartition(":")[2]), one.session)
            for name, one in zip(served, found, strict=True)
        }


def _describe_server(name: str, one: Deployment, folder: Path) -> ServerSpec:
    root = folder / "places" / name
    root.mkdir(parents=True, exist_ok=True)
    for source, mount in one.list_mounts().items():
        link = root / Path(mount["bind"]).name
        link.unlink(missing_ok=True)
        link.symlink_to(source)
    program = Path(sys.executable).parent / f"tandem-{one.image}"

    return ServerSpec(
        name,
        lambda _: [program, "serve"],
        lambda port: build_image_environment(root, port) | one.build_environment(),
    )


def _wait_for_container(container: Container) -> RunningServer:
    """Wait until a container answers that it is well."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        container.reload()
        ports = container.ports.get("8080/tcp")
        if ports and is_healthy(int(ports[0]["HostPort"])):
            return RunningServer(int(ports[0]["HostPort"]), int(container.attrs["State"]["Pid"]))
        time.sleep(_PAUSE_SECONDS)
    raise BenchmarkFailed(f"a container stayed silent: {container.logs(tail=20).decode()}")

"""The engine `docker`: the real images, run through the Docker SDK."""

import logging
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from docker.errors import APIError, ImageNotFound, NotFound
from docker.models.containers import Container as SdkContainer
from docker.models.networks import Network as SdkNetwork

from local_test.engines.docker_engine.bridge import find_gateway
from local_test.engines.docker_engine.client import (
    connect,
    find_container_user,
    make_start_error,
    translate_errors,
)
from local_test.engines.docker_engine.container import DockerContainer
from local_test.engines.docker_engine.docker_leftovers import LABEL, RUNNER_LABEL, make_labels
from local_test.engines.docker_engine.image_inspection import (
    list_image_labels,
    read_folder,
    read_image_facts,
    read_image_id,
)
from local_test.engines.docker_engine.image_pull import pull_image
from local_test.engines.docker_engine.working_folder import choose_folder
from local_test.engines.image_names import (
    describe_image_remedy,
    is_short_name,
    to_image_reference,
)
from local_test.engines.protocol import Container, ContainerSpec, HostGateway, ImageFacts, LogSink
from local_test.errors import EngineError, UserError
from local_test.settings import Settings

__all__ = ["LABEL", "RUNNER_LABEL", "DockerEngine", "DockerNetwork"]

_HOST_NAME = "algo-1"
_ADDRESS_POOL_MESSAGE = "address pool"
_SINGLE_PORT, _FIRST_PIPELINE_PORT = 8080, 8081
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DockerEngine:
    """Runs images on the Docker engine of this machine, for the state folder named `owner`."""

    settings: Settings
    reason: str
    name: str = "docker"
    interface: str = "eth0"
    owner: str = ""

    def read_labels(self, image: str) -> Mapping[str, str] | None:
        """Return an image's labels; pull an image URI that is not here yet.

        A short-named image is pulled where `registry.toml` has its digest. Raises UserError when it
        is missing.
        """
        reference = to_image_reference(image)
        with connect(self.settings) as client:
            try:
                return dict(client.images.get(reference).labels)
            except ImageNotFound as error:
                if is_short_name(image) and not pull_image(client, self.settings, image):
                    raise UserError(
                        f"Docker has no image {reference}",
                        describe_image_remedy(image, list_image_labels(client)),
                    ) from error
                if is_short_name(image):
                    return dict(client.images.get(reference).labels)
                with translate_errors(f"image {reference} is not here and cannot be pulled"):
                    return dict(client.images.pull(reference).labels)

    def inspect_image(self, image: str) -> ImageFacts:
        """Return the facts of a local image."""
        with connect(self.settings) as client:
            return read_image_facts(client, to_image_reference(image))

    def identify_image(self, image: str) -> str:
        """Return the id of a local image, which is the digest of its configuration."""
        with connect(self.settings) as client:
            return read_image_id(client, to_image_reference(image))

    def open_network(
        self, name: str, logs: LogSink, listeners: int = 0, *, isolated: bool = False
    ) -> "DockerNetwork":
        """Return a new bridge network."""
        session = f"{name}-{secrets.token_hex(4)}"
        labels = make_labels(session, self.owner)
        return DockerNetwork(self.settings, labels, logs, listeners, isolated=isolated)


class DockerNetwork:
    """The network of one job or endpoint, and its containers.

    An `isolated` network has no access to others and publishes no port: its containers are reached
    by their addresses in it, which requires that the engine runs on this machine.
    """

    def __init__(
        self,
        settings: Settings,
        labels: dict[str, str],
        logs: LogSink,
        listeners: int,
        *,
        isolated: bool,
    ) -> None:
        self._isolated = isolated
        self._settings = settings
        self._session = labels[LABEL]
        self._labels = labels
        self._logs = logs
        self._containers: list[DockerContainer] = []
        self._addresses: dict[int, str] = {}
        first = _SINGLE_PORT if listeners == 1 else _FIRST_PIPELINE_PORT
        self.ports = tuple(first + index for index in range(listeners))

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._client = stack.enter_context(connect(self._settings))
            stack.callback(self._remove_all)
            with translate_errors():
                self._user = find_container_user(self._client)
                self._network = self._make_network()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def name_hosts(self, count: int) -> list[str]:
        """Return `algo-1` to `algo-N`, as the service does."""
        return [f"algo-{number}" for number in range(1, count + 1)]

    def find_gateway(self) -> HostGateway:
        """Return the gateway of the bridge.

        Raises EngineError when the network is isolated, or its bridge is on another machine.
        """
        return find_gateway(self._network.attrs)

    def start(self, spec: ContainerSpec) -> Container:
        """Start a container; those of a hosting instance share the first one's network."""
        # Interrupts reach the main thread only: a launch in another one is never cut in two.
        with ThreadPoolExecutor(1) as launcher, translate_errors():
            return launcher.submit(self._launch, spec).result()

    def _make_network(self) -> SdkNetwork:
        with ThreadPoolExecutor(1) as launcher:
            make = self._client.networks.create
            isolated = self._isolated
            network = launcher.submit(make, self._session, labels=self._labels, internal=isolated)
            try:
                return network.result()
            except APIError as error:
                if _ADDRESS_POOL_MESSAGE in str(error.explanation):
                    raise EngineError(
                        f"Docker has no address left for a network: {error.explanation}",
                        "remove leftovers with `local-sagemaker prune` or `docker network prune`",
                    ) from error
                raise

    def _launch(self, spec: ContainerSpec) -> DockerContainer:
        _log.debug("%s: run image %s %s", spec.name, spec.image, spec.command)
        try:
            created = self._create(spec)
            created.start()
        except APIError as error:
            raise make_start_error(spec, error) from error
        self._read_addresses(created)
        address = "" if spec.port is None else self._addresses[spec.port]
        container = DockerContainer(spec.name, created, address, self._logs)
        self._containers.append(container)
        return container

    def _create(self, spec: ContainerSpec) -> SdkContainer:
        reference, user = to_image_reference(spec.image), spec.confinement.user or self._user
        folder = read_folder(self._client, reference) if spec.entrypoint and user else "/"
        return self._client.containers.create(
            reference,
            list(spec.command_line) or None,
            entrypoint=None if spec.entrypoint is None else list(spec.entrypoint),
            name=f"{self._session}-{spec.name}",
            environment=dict(spec.environment),
            labels=self._labels,
            user=user,
            working_dir=choose_folder(spec.entrypoint, user, folder),
            read_only=spec.confinement.read_only_root,
            tmpfs={"/tmp": "mode=1777"} if spec.confinement.read_only_root else {},  # noqa: S108
            volumes=_build_volumes(spec),
            **self._build_network_options(spec),
        )

    def _build_network_options(self, spec: ContainerSpec) -> dict[str, Any]:
        if not spec.confinement.network:
            return {"network_mode": "none"}
        if self.ports and self._containers:
            return {"network_mode": f"container:{self._containers[0].id}"}
        host = _HOST_NAME if self.ports else spec.name
        alias = self._client.api.create_endpoint_config(aliases=[host])
        return {
            "hostname": host,
            "network": self._network.name,
            "networking_config": {self._network.name: alias},
            "ports": {f"{port}/tcp": ("127.0.0.1", None) for port in self.ports},
        }

    def _read_addresses(self, created: SdkContainer) -> None:
        if self.ports and not self._addresses:
            created.reload()
            address = created.attrs["NetworkSettings"]["Networks"][self._network.name]["IPAddress"]
            for port in self.ports:
                bindings = created.ports.get(f"{port}/tcp")
                if bindings:
                    self._addresses[port] = f"127.0.0.1:{bindings[0]['HostPort']}"
                elif self._isolated:
                    self._addresses[port] = f"{address}:{port}"

    def _remove_all(self) -> None:
        filters: dict[str, str | list[str] | bool] = {"label": f"{LABEL}={self._session}"}
        with translate_errors():
            for item in self._client.containers.list(all=True, filters=filters):
                with suppress(NotFound):
                    item.remove(force=True, v=True)
            for container in self._containers:
                container.join_log()
            for network in self._client.networks.list(filters=filters):
                with suppress(NotFound):
                    network.remove()


def _build_volumes(spec: ContainerSpec) -> dict[str, dict[str, str]]:
    return {
        str((spec.tree.root / mount.path).resolve()): {
            "bind": f"/opt/ml/{mount.path}",
            "mode": "ro,z" if mount.read_only else "rw,z",
        }
        for mount in spec.mounts
    }

"""An engine whose containers can be killed while the job that started them runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from local_test.engines import Container, ContainerSpec, Engine, LogSink, Network
from local_test.engines.protocol import HostGateway, ImageFacts


class KillingEngine:
    """Another engine, and the containers it has started."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.containers: list[Container] = []
        self.name, self.reason, self.interface = engine.name, engine.reason, engine.interface

    def read_labels(self, image: str) -> Mapping[str, str] | None:
        return self._engine.read_labels(image)

    def inspect_image(self, image: str) -> ImageFacts | None:
        return self._engine.inspect_image(image)

    def identify_image(self, image: str) -> str:
        return self._engine.identify_image(image)

    def open_network(
        self, name: str, logs: LogSink, listeners: int = 0, *, isolated: bool = False
    ) -> Network:
        return _Network(
            self._engine.open_network(name, logs, listeners, isolated=isolated), self.containers
        )

    def kill(self) -> None:
        """Send SIGKILL to all that run, as a spot interruption ends in."""
        for container in self.containers:
            container.kill()


class _Network:
    def __init__(self, network: Network, started: list[Container]) -> None:
        self._network = network
        self._started = started

    @property
    def ports(self) -> tuple[int, ...]:
        return self._network.ports

    def name_hosts(self, count: int) -> list[str]:
        return self._network.name_hosts(count)

    def find_gateway(self) -> HostGateway:
        return self._network.find_gateway()

    def start(self, spec: ContainerSpec) -> Container:
        container = self._network.start(spec)
        self._started.append(container)
        return container

    def __enter__(self) -> Self:
        self._network.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._network.__exit__(kind, error, trace)

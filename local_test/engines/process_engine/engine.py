"""The engine `process`: containers are child processes, `/opt/ml` is a directory."""

import hashlib
import logging
import os
import secrets
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import TracebackType
from typing import Self

from local_test.engines.image_names import find_program
from local_test.engines.process_engine.container import ProcessContainer, ProgramLaunch
from local_test.engines.process_engine.orphan_guard import OrphanGuard
from local_test.engines.process_engine.package_overlay import make_overlay, make_redirect
from local_test.engines.process_engine.path_translation import translate_spec
from local_test.engines.protocol import Container, ContainerSpec, HostGateway, LogSink
from local_test.settings import Settings
from local_test.workspace import make_read_only, open_workspace

_LAST_LINES_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProcessEngine:
    """Runs the images' console programs as child processes."""

    settings: Settings
    reason: str
    name: str = "process"
    interface: str = "lo"

    def read_labels(self, image: str) -> Mapping[str, str] | None:
        """Return None: programs have no labels. Raises UserError when there is no such program."""
        find_program(image, self.settings)
        return None

    def inspect_image(self, image: str) -> None:
        """Return None: a program has no image. Raises UserError when there is no such program."""
        find_program(image, self.settings)

    def identify_image(self, image: str) -> str:
        """Return the version of a program's distribution and the hash of the program's file."""
        program = find_program(image, self.settings)
        version = next(
            (point.dist.version for point in entry_points(name=program.name) if point.dist), ""
        )
        return f"{program.name} {version} {hashlib.sha256(program.read_bytes()).hexdigest()}"

    def open_network(
        self, name: str, logs: LogSink, listeners: int = 0, *, isolated: bool = False
    ) -> "ProcessNetwork":
        """Return a network of free ports on the loopback interface.

        `isolated` has no effect: programs keep access to other networks.
        """
        del name, isolated
        return ProcessNetwork(self.settings, logs, listeners)


class ProcessNetwork:
    """The child processes of one job or endpoint."""

    def __init__(self, settings: Settings, logs: LogSink, listeners: int) -> None:
        self._settings = settings
        self._logs = logs
        self._listeners = listeners
        self._stack = ExitStack()
        self._containers: list[ProcessContainer] = []
        self.ports: tuple[int, ...] = ()
        # Jobs at the same time may listen on the same ports: each has addresses of its own.
        self._block = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"

    def __enter__(self) -> Self:
        self._directory = self._stack.enter_context(open_workspace())
        self._guard = self._stack.enter_context(OrphanGuard())
        self.ports = _find_free_ports(self._listeners)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            for container in self._containers:
                container.kill()
                container.wait(_LAST_LINES_SECONDS)

    def name_hosts(self, count: int) -> list[str]:
        """Return `algo-1`, or loopback addresses for several hosts, which must reach each other."""
        if count == 1:
            return ["algo-1"]
        return [f"{self._block}.{number}" for number in range(1, count + 1)]

    def find_gateway(self) -> HostGateway:
        """Return the loopback address, which the programs share with this process."""
        return HostGateway("127.0.0.1")

    def start(self, spec: ContainerSpec) -> Container:
        """Start a program; its input directories become read-only."""
        program = find_program(spec.image, self._settings)
        if spec.command == "process" or spec.own_program:
            spec = translate_spec(spec)
        for mount in spec.mounts:
            if mount.read_only and not mount.growing:
                make_read_only(spec.tree.root / mount.path)
        # Interrupts reach the main thread only: a launch in another one is never cut in two.
        with ThreadPoolExecutor(1) as launcher:
            return launcher.submit(self._launch, spec, program).result()

    def _launch(self, spec: ContainerSpec, program: Path) -> ProcessContainer:
        home = self._directory / spec.name
        home.mkdir()
        programs = [str(self._settings.programs), self._settings.path]
        if spec.entrypoint is not None:
            programs.insert(0, str(make_overlay(home / "python", spec.tree.root)))
        environment = dict(spec.environment)
        if spec.entrypoint is None:
            redirect = make_redirect(home / "opt-ml", spec.tree.root)
            searched = [str(redirect), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, searched))
        environment |= {
            "PATH": os.pathsep.join(programs),
            "LANG": self._settings.language,
            "HOME": str(home),
            "TMPDIR": str(home),
            "SAGEMAKER_BASE_DIR": str(spec.tree.root),
        }
        if spec.port is not None:
            environment["SAGEMAKER_BIND_TO_PORT"] = str(spec.port)
            environment["TANDEM_BIND_ADDRESS"] = "127.0.0.1"
        launch = ProgramLaunch(spec.entrypoint or (str(program),), home, environment)
        _log.debug("%s: run %s %s in %s", spec.name, program, spec.command, spec.tree.root)
        container = ProcessContainer(spec, launch, self._logs, self._guard)
        self._containers.append(container)
        return container


def _find_free_ports(count: int) -> tuple[int, ...]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return tuple(item.getsockname()[1] for item in sockets)

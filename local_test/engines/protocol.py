"""The protocols of an engine, its networks and its containers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

from local_test.platform.opt_ml_tree import OptMlTree

LogSink = Callable[[str, str], None]
"""Called with a container's name and one line of its log."""


@dataclass(frozen=True)
class Mount:
    """A folder below `/opt/ml` that is mounted into the container.

    `growing`: the platform adds files while the container runs.
    """

    path: str
    read_only: bool
    growing: bool = False


@dataclass(frozen=True)
class Confinement:
    """Restrictions of a container; only the engine `docker` supports them.

    `user` is "uid:gid", None for the default.
    """

    network: bool = True
    user: str | None = None
    read_only_root: bool = False


@dataclass(frozen=True)
class ContainerSpec:
    """A container to start; `port` is one of its network's ports, for a container that listens.

    `arguments` replace the command, and `entrypoint` replaces the image's own.
    """

    name: str
    image: str
    command: Literal["train", "serve", "process"]
    tree: OptMlTree
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    arguments: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    confinement: Confinement = field(default_factory=Confinement)

    @property
    def own_program(self) -> str:
        """The first word of `entrypoint` or `arguments`, "" if neither is given."""
        return next(iter((*(self.entrypoint or ()), *(self.arguments or ()))), "")

    @property
    def command_line(self) -> tuple[str, ...]:
        """The words after the image in `docker run`."""
        return (self.command,) if self.arguments is None else self.arguments


@dataclass(frozen=True)
class ContainerUsage:
    """What a container uses of the machine that runs it.

    `processor_seconds` is its processor time so far, of `processors`; `memory` and `memory_limit`
    are in bytes.
    """

    processor_seconds: float
    processors: int
    memory: int
    memory_limit: int


class Container(Protocol):
    """A started container."""

    @property
    def name(self) -> str:
        """Its name in logs and messages."""

    @property
    def url(self) -> str:
        """The URL of the container's port on this machine."""

    @property
    def pid(self) -> int | None:
        """The id of its first process on this machine, None if unknown."""

    @property
    def out_of_memory(self) -> bool:
        """Whether the engine reports that a process was killed as memory ran out."""

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait up to `seconds` (None: forever) and return the exit code, None while it runs.

        After signal n the exit code is 128 + n.
        """

    def terminate(self) -> None:
        """Send SIGTERM to the container's first process."""

    def kill(self) -> None:
        """Send SIGKILL to all of the container's processes."""

    def read_log_tail(self, lines: int) -> tuple[str, ...]:
        """Return the last lines the container wrote."""

    def read_usage(self) -> ContainerUsage | None:
        """Return what it uses of the machine, None where that is unknown or it has ended.

        Raises EngineError when the engine does not respond.
        """


@dataclass(frozen=True)
class HostGateway:
    """The address by which the containers of a network reach this machine.

    `subnet` has the containers' own addresses, as in `172.18.0.0/16`; "" where they are processes
    of this machine.
    """

    address: str
    subnet: str = ""


class Network(Protocol):
    """The private network of a job or an endpoint; leaving it stops and removes its containers."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports to listen on, one for each listener."""

    def name_hosts(self, count: int) -> list[str]:
        """Return `count` host names by which the containers reach each other."""

    def find_gateway(self) -> HostGateway:
        """Return the gateway to this machine.

        Raises EngineError when the containers cannot reach this machine.
        """

    def start(self, spec: ContainerSpec) -> Container:
        """Start a container. Raises EngineError when the engine rejects it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@dataclass(frozen=True)
class ImageFacts:
    """ENTRYPOINT and CMD of an image, and its files below `/opt/ml`."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    below_opt_ml: tuple[str, ...]


class Engine(Protocol):
    """A way to run containers."""

    @property
    def name(self) -> str:
        """`docker` or `process`."""

    @property
    def reason(self) -> str:
        """Why this engine was selected, as half a sentence."""

    @property
    def interface(self) -> str:
        """The name of the network interface in the containers."""

    def read_labels(self, image: str) -> Mapping[str, str] | None:
        """Return the image's labels, None if images are programs, which have none.

        Raises UserError when the engine has no such image.
        """

    def inspect_image(self, image: str) -> ImageFacts | None:
        """Return the facts of an image, None if images are programs.

        Raises UserError when the engine has no such image.
        """

    def identify_image(self, image: str) -> str:
        """Return what differs when the content of an image differs: an id, or a program's version.

        Raises UserError when the engine has no such image.
        """

    def open_network(
        self, name: str, logs: LogSink, listeners: int = 0, *, isolated: bool = False
    ) -> Network:
        """Return a private network; an `isolated` one has no access to others, if supported.

        With `listeners` it is one hosting instance: all containers share one network namespace,
        and each listens on one of `ports` (Developer Guide, 'Inference Pipelines').
        """

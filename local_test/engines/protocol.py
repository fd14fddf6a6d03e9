"""What an engine is to the rest: one small protocol, so that another engine is one more file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

from local_test.platform.opt_ml_tree import OptMlTree

LogSink = Callable[[str, str], None]
"""Takes a container's name and one line it wrote."""


@dataclass(frozen=True)
class Mount:
    """A part of `/opt/ml` the container is given, by its path below that.

    To one that is `fed`, the platform adds while the container runs.
    """

    path: str
    read_only: bool
    growing: bool = False


@dataclass(frozen=True)
class Confinement:
    """What a container must do without, which only the engine `docker` can see to."""

    network: bool = True
    user: str | None = None
    read_only_root: bool = False


@dataclass(frozen=True)
class ContainerSpec:
    """One container to start; `port` is one of its network's, for a container that listens.

    `arguments` stand in place of the command and `entrypoint` in place of the image's own, for a
    program of the user's, or one that is started otherwise than the service does.
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
    def command_line(self) -> tuple[str, ...]:
        """What follows the image in `docker run`."""
        return (self.command,) if self.arguments is None else self.arguments


class Container(Protocol):
    """A container that was started."""

    @property
    def name(self) -> str:
        """Its name in logs and messages."""

    @property
    def url(self) -> str:
        """Where the container's port is reached from this machine."""

    @property
    def pid(self) -> int | None:
        """Its first process as this machine counts them, None where that is not known."""

    @property
    def out_of_memory(self) -> bool:
        """Whether the engine says that one of its processes was killed as memory ran out."""

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the end and give the exit code (128 + n after signal n), None while it runs."""

    def terminate(self) -> None:
        """Send SIGTERM to the container's first process."""

    def kill(self) -> None:
        """Send SIGKILL to all of the container's processes."""

    def read_log_tail(self, lines: int) -> tuple[str, ...]:
        """Return the last lines the container wrote."""


class Network(Protocol):
    """A job's or an endpoint's private network; leaving it ends and removes all it holds."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports to listen on, one a listener."""

    def name_hosts(self, count: int) -> list[str]:
        """Return the names under which `count` containers reach each other, and nobody else."""

    def start(self, spec: ContainerSpec) -> Container:
        """Start a container; raises EngineError where the engine refuses."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@dataclass(frozen=True)
class ImageFacts:
    """What an image says of itself: ENTRYPOINT, CMD, and what it holds below `/opt/ml`."""

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
        """Why this engine was taken, as half a sentence."""

    @property
    def interface(self) -> str:
        """The network interface the containers find."""

    def read_labels(self, image: str) -> Mapping[str, str] | None:
        """Return the image's labels, None where images have none.

        Raises UserError where the engine has no such image.
        """

    def inspect_image(self, image: str) -> ImageFacts | None:
        """Look into an image, None where images are programs. Raises UserError as `labels`."""

    def open_network(
        self, name: str, logs: LogSink, listeners: int = 0, *, isolated: bool = False
    ) -> Network:
        """Open a private network; an `isolated` one has no way out, where the engine can see to it.

        With `listeners` it is one hosting instance: all containers share one network namespace and
        each listens on one of `ports` (Developer Guide, 'Inference Pipelines').
        """

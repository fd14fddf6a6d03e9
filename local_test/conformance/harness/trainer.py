"""Trainings for checks: laid out as the service does, then made odd where a check wants it."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from local_test.conformance.harness.image_under_test import Subject
from local_test.engines.protocol import Confinement, Container, Engine
from local_test.jobs.container_run import container_spec
from local_test.jobs.host_trees import Host, lay_out
from local_test.jobs.pipe_feeder import feeding
from local_test.jobs.training_job import TrainingJob
from local_test.platform.channels import Channel
from local_test.platform.limits import TRAINING_GRACE_SECONDS
from local_test.platform.opt_ml_tree import OptMlTree

Oddity = Callable[[OptMlTree], None]
LIMIT_SECONDS = 300.0
_GLANCE_SECONDS = 0.02


class Log:
    """The lines of the containers, each with the moment it came."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        """Take a line."""
        self.lines.append((time.monotonic(), name, line))

    def text(self, name: str | None = None) -> str:
        """Return the lines of one container, or of all."""
        return "\n".join(line for _, owner, line in self.lines if name in {None, owner})


@dataclass(frozen=True)
class Plan:
    """A training that differs from the ordinary one in what is given here.

    `odd` changes the tree before the start; `again` starts in the tree of an earlier run.
    """

    hyperparameters: dict[str, str] | None = None
    channels: tuple[Channel, ...] | None = None
    mode: str = "File"
    odd: tuple[Oddity, ...] = ()
    bare: bool = False
    arguments: tuple[str, ...] | None = None
    confinement: Confinement = field(default_factory=Confinement)
    checkpoints: Path | None = None
    again: OptMlTree | None = None
    hosts: int = 1


@dataclass(frozen=True)
class Run:
    """A training that is over; an exit code of None means it was killed when its time was up."""

    exit_code: int | None
    tree: OptMlTree
    log: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it ended with exit code 0 and left a file in the model folder."""
        return self.exit_code == 0 and bool(self.model)

    @property
    def failure(self) -> str:
        """The text of `output/failure`, as much of it as the service reads."""
        return self.tree.read_failure()

    @cached_property
    def model(self) -> dict[str, bytes]:
        """The files of the model folder by their paths in it."""
        files = (path for path in self.tree.model.rglob("*") if path.is_file())
        return {path.relative_to(self.tree.model).as_posix(): path.read_bytes() for path in files}

    @property
    def ending(self) -> str:
        """How it ended, in half a sentence."""
        if self.exit_code is None:
            return f"it had not ended after {self.seconds:.0f} s"
        told = self.failure.strip().partition("\n")[0]
        last = self.log.strip().rpartition("\n")[2]
        said = f"failure says {told!r}" if told else f"its last line is {last!r}"
        return f"it ended with exit code {self.exit_code}; {said}"


class Live:
    """A training that runs."""

    def __init__(self, containers: Sequence[Container], hosts: Sequence[Host], log: Log) -> None:
        self.containers = containers
        self.hosts = hosts
        self.log = log
        self._begin = time.monotonic()

    def until(self, seen: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is seen, or the first container has ended, or time is up."""
        deadline = time.monotonic() + seconds
        while not (found := seen()) and time.monotonic() < deadline:
            if self.containers[0].wait(_GLANCE_SECONDS) is not None:
                return seen()
        return found

    def finish(self, seconds: float = LIMIT_SECONDS, index: int = 0) -> Run:
        """Wait for the end of a container, and kill it when the time is up."""
        container, host = self.containers[index], self.hosts[index]
        code = container.wait(seconds)
        if code is None:
            container.kill()
            container.wait(10)
        passed = time.monotonic() - self._begin
        return Run(code, host.tree, self.log.text(host.name), passed)

    def stop(self, seconds: float = TRAINING_GRACE_SECONDS) -> Run:
        """Ask the first container to end, as the service does."""
        self._begin = time.monotonic()
        self.containers[0].terminate()
        return self.finish(seconds)


class Trainer:
    """Runs trainings of one subject."""

    def __init__(self, subject: Subject, engine: Engine, directory: Path) -> None:
        self._subject = subject
        self._engine = engine
        self._directory = directory
        self._count = 0
        self._lock = threading.Lock()

    def run(self, plan: Plan | None = None, seconds: float = LIMIT_SECONDS) -> Run:
        """Train to the end."""
        with self.started(plan or Plan()) as live:
            return live.finish(seconds)

    @contextmanager
    def started(self, plan: Plan, pause: float = 0.0) -> Iterator[Live]:
        """Start a training, its hosts `pause` seconds apart; it is ended at the end of the block.

        Raises ContainerError where the program cannot be started at all.
        """
        job = self._job(plan)
        log = Log()
        with ExitStack() as stack:
            network = stack.enter_context(self._engine.open_network("conform", log))
            hosts = self._hosts(plan, job, network.name_hosts(plan.hosts))
            stack.enter_context(feeding(job, hosts, log))
            containers: list[Container] = []
            for host in hosts:
                if containers:
                    time.sleep(pause)
                ordinary = container_spec(job, host)
                spec = replace(
                    ordinary,
                    arguments=plan.arguments,
                    confinement=plan.confinement,
                    environment={} if plan.bare else ordinary.environment,
                )
                containers.append(network.start(spec))
            yield Live(containers, hosts, log)

    def channels(self) -> tuple[Channel, ...]:
        """Return the subject's channels."""
        content_type = self._subject.content_type
        return tuple(
            Channel(name, path, content_type) for name, path in self._subject.channels.items()
        )

    def directory(self, name: str) -> Path:
        """Return a new private folder."""
        with self._lock:
            self._count += 1
            made = self._directory / f"{name}-{self._count}"
        made.mkdir()
        return made

    def _job(self, plan: Plan) -> TrainingJob:
        subject = self._subject
        given = subject.hyperparameters if plan.hyperparameters is None else plan.hyperparameters
        return TrainingJob(
            subject.image,
            self.channels() if plan.channels is None else plan.channels,
            given,
            subject.environment,
            name="conform",
            instance_count=plan.hosts,
            checkpoints=plan.checkpoints,
            input_mode=plan.mode,
        )

    def _hosts(self, plan: Plan, job: TrainingJob, names: Sequence[str]) -> list[Host]:
        if plan.again is not None:
            return [Host("algo-1", plan.again)]
        hosts = lay_out(job, self.directory("training"), names, self._engine.interface)
        for host in hosts:
            for oddity in plan.odd:
                oddity(host.tree)
        return hosts

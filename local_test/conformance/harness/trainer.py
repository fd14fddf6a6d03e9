"""Training jobs of the checks: laid out as on SageMaker, then changed by variants."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from local_test.conformance.harness.image_under_test import ImageUnderTest
from local_test.engines.protocol import Confinement, Container, Engine
from local_test.jobs.container_run import make_container_spec
from local_test.jobs.host_trees import Host, make_host_trees
from local_test.jobs.pipe_feeder import feed_pipes
from local_test.jobs.training_job import TrainingJob
from local_test.platform.channels import Channel
from local_test.platform.limits import TRAINING_GRACE_SECONDS
from local_test.platform.opt_ml_tree import OptMlTree

LayoutVariant = Callable[[OptMlTree], None]
MAX_SECONDS = 300.0
_POLL_SECONDS = 0.02


class ContainerLog:
    """The log lines of the containers, each with its monotonic time in seconds."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        """Add a line."""
        self.lines.append((time.monotonic(), name, line))

    def to_text(self, name: str | None = None) -> str:
        """Return the lines of one container, or of all."""
        return "\n".join(line for _, owner, line in self.lines if name in {None, owner})


@dataclass(frozen=True)
class TrainingPlan:
    """How to train; the defaults are the ordinary training job.

    `variants` change the tree before the start; `rerun_in` is the tree of an earlier job, to start
    in again; `without_environment` passes no environment variables.
    """

    hyperparameters: dict[str, str] | None = None
    channels: tuple[Channel, ...] | None = None
    input_mode: str = "File"
    variants: tuple[LayoutVariant, ...] = ()
    without_environment: bool = False
    arguments: tuple[str, ...] | None = None
    confinement: Confinement = field(default_factory=Confinement)
    checkpoints: Path | None = None
    rerun_in: OptMlTree | None = None
    hosts: int = 1


@dataclass(frozen=True)
class FinishedTraining:
    """A finished training job; exit code None: it was killed when its time was up."""

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
        """The first 1024 characters of `output/failure`."""
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
        failure = self.failure.strip().partition("\n")[0]
        last = self.log.strip().rpartition("\n")[2]
        cause = f"failure says {failure!r}" if failure else f"its last line is {last!r}"
        return f"it ended with exit code {self.exit_code}; {cause}"


class RunningTraining:
    """A running training job."""

    def __init__(
        self, containers: Sequence[Container], hosts: Sequence[Host], log: ContainerLog
    ) -> None:
        self.containers = containers
        self.hosts = hosts
        self.log = log
        self._begin = time.monotonic()

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until the condition holds, the first container exits, or `seconds` are over.

        Return whether the condition holds.
        """
        deadline = time.monotonic() + seconds
        while not (fulfilled := condition()) and time.monotonic() < deadline:
            if self.containers[0].wait(_POLL_SECONDS) is not None:
                return condition()
        return fulfilled

    def finish(self, seconds: float = MAX_SECONDS, index: int = 0) -> FinishedTraining:
        """Wait up to `seconds` for a container to exit, then kill it."""
        container, host = self.containers[index], self.hosts[index]
        code = container.wait(seconds)
        if code is None:
            container.kill()
            container.wait(10)
        seconds_taken = time.monotonic() - self._begin
        return FinishedTraining(code, host.tree, self.log.to_text(host.name), seconds_taken)

    def stop(self, seconds: float = TRAINING_GRACE_SECONDS) -> FinishedTraining:
        """Stop the first container, as SageMaker does: SIGTERM, then SIGKILL after `seconds`."""
        self._begin = time.monotonic()
        self.containers[0].terminate()
        return self.finish(seconds)


class Trainer:
    """Runs training jobs of one image."""

    def __init__(self, subject: ImageUnderTest, engine: Engine, directory: Path) -> None:
        self._subject = subject
        self._engine = engine
        self._directory = directory
        self._count = 0
        self._lock = threading.Lock()

    def run(
        self, plan: TrainingPlan | None = None, seconds: float = MAX_SECONDS
    ) -> FinishedTraining:
        """Run a training job for at most `seconds`."""
        with self.start(plan or TrainingPlan()) as training:
            return training.finish(seconds)

    @contextmanager
    def start(self, plan: TrainingPlan, pause: float = 0.0) -> Iterator[RunningTraining]:
        """Start a training job, its hosts `pause` seconds apart; stop it after the block.

        Raises ContainerError when the program cannot be started.
        """
        job = self._make_job(plan)
        log = ContainerLog()
        with ExitStack() as stack:
            network = stack.enter_context(self._engine.open_network("conform", log))
            hosts = self._make_hosts(plan, job, network.name_hosts(plan.hosts))
            stack.enter_context(feed_pipes(job, hosts, log))
            containers: list[Container] = []
            for host in hosts:
                if containers:
                    time.sleep(pause)
                default = make_container_spec(job, host, {})
                spec = replace(
                    default,
                    arguments=plan.arguments,
                    confinement=plan.confinement,
                    environment={} if plan.without_environment else default.environment,
                )
                containers.append(network.start(spec))
            yield RunningTraining(containers, hosts, log)

    def list_channels(self) -> tuple[Channel, ...]:
        """Return the subject's channels."""
        content_type = self._subject.content_type
        return tuple(
            Channel(name, path, content_type) for name, path in self._subject.channels.items()
        )

    def make_directory(self, name: str) -> Path:
        """Return a new private folder."""
        with self._lock:
            self._count += 1
            folder = self._directory / f"{name}-{self._count}"
        folder.mkdir()
        return folder

    def _make_job(self, plan: TrainingPlan) -> TrainingJob:
        subject = self._subject
        hyperparameters = (
            subject.hyperparameters if plan.hyperparameters is None else plan.hyperparameters
        )
        return TrainingJob(
            subject.image,
            self.list_channels() if plan.channels is None else plan.channels,
            hyperparameters,
            subject.environment,
            name="conform",
            instance_count=plan.hosts,
            checkpoints=plan.checkpoints,
            input_mode=plan.input_mode,
        )

    def _make_hosts(self, plan: TrainingPlan, job: TrainingJob, names: Sequence[str]) -> list[Host]:
        if plan.rerun_in is not None:
            return [Host("algo-1", plan.rerun_in)]
        hosts = make_host_trees(job, self.make_directory("training"), names, self._engine.interface)
        for host in hosts:
            for variant in plan.variants:
                variant(host.tree)
        return hosts

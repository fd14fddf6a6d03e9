"""Running a training job: one container from its input channels to its end."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local_test.engines.base import Container, ContainerSpec, Engine, LogSink, Mount, Network
from local_test.engines.logs import TAIL_LINES, print_line
from local_test.engines.stopping import stop as stop_containers
from local_test.errors import ContainerError
from local_test.jobs.artifacts import deliver
from local_test.jobs.delivery import open_output
from local_test.jobs.training_job import TrainingJob, TrainingResult
from local_test.platform.channels import stage
from local_test.platform.config import resource_config, write_config
from local_test.platform.limits import TRAINING_GRACE_SECONDS
from local_test.platform.metrics import Metrics
from local_test.platform.status import StopCause, judge
from local_test.platform.tree import Tree
from local_test.workspace import workspace

HOST = "algo-1"
"""The one host of a job, by the name the service gives it."""

_MOUNTS = (
    Mount("input", read_only=True),
    Mount("model", read_only=False),
    Mount("output", read_only=False),
)
_GLANCE_SECONDS = 0.1


@dataclass(frozen=True)
class _End:
    exit_code: int
    log: tuple[str, ...]
    cause: StopCause | None = None
    interrupt: KeyboardInterrupt | None = None


def train(
    job: TrainingJob,
    output: Path,
    engine: Engine,
    *,
    logs: LogSink = print_line,
    stop: threading.Event | None = None,
) -> TrainingResult:
    """Run a job and write its artifacts, `status` and `job.json` to `output`.

    A container that fails gives a result with the status `Failed`; what the service would refuse
    to start is a UserError. Setting `stop` stops the job as StopTrainingJob does. So does Ctrl-C:
    what the container left is written, then KeyboardInterrupt goes on.
    """
    job.check()
    engine.labels(job.image)
    open_output(output)
    metrics = Metrics(job.metrics)

    def sink(name: str, line: str) -> None:
        metrics.read(line)
        logs(name, line)

    with workspace() as directory, engine.network(job.name, sink) as network:
        tree = _lay_out(job, Tree(directory / "ml"), engine)
        started = datetime.now(UTC)
        end = _run(job, _spec(job, tree), network, stop or threading.Event())
        result = TrainingResult(
            job=job,
            outcome=judge(end.exit_code, tree.failure(), end.cause),
            exit_code=end.exit_code,
            started=started,
            ended=datetime.now(UTC),
            metrics=metrics.values,
            log=end.log,
        )
        result = deliver(result, tree, output, engine.name)
    if end.interrupt is not None:
        raise end.interrupt
    return result


def _lay_out(job: TrainingJob, tree: Tree, engine: Engine) -> Tree:
    tree.make_for_training()
    resources = resource_config(HOST, [HOST], engine.interface)
    write_config(tree, job.hyperparameters, job.channels, resources)
    for channel in job.channels:
        stage(channel, tree)
    return tree


def _spec(job: TrainingJob, tree: Tree) -> ContainerSpec:
    return ContainerSpec(HOST, job.image, "train", tree, _MOUNTS, _environment(job))


def _environment(job: TrainingJob) -> Mapping[str, str]:
    named = {
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": f"arn:aws:sagemaker:local:000000000000:training-job/{job.name}",
    }
    return named | dict(job.environment)


def _run(job: TrainingJob, spec: ContainerSpec, network: Network, stop: threading.Event) -> _End:
    try:
        container = network.start(spec)
    except ContainerError as error:
        if error.exit_code is None:
            raise
        return _End(error.exit_code, error.log)
    cause, interrupt = None, None
    try:
        cause = _watch(container, time.monotonic() + job.max_runtime, stop)
    except KeyboardInterrupt as error:
        cause, interrupt = StopCause.REQUEST, error
    if cause is not None:
        stop_containers([container], TRAINING_GRACE_SECONDS)
    code = container.wait()
    return _End(code if code is not None else 0, container.log_tail(TAIL_LINES), cause, interrupt)


def _watch(container: Container, deadline: float, stop: threading.Event) -> StopCause | None:
    while container.wait(_GLANCE_SECONDS) is None:
        if stop.is_set():
            return StopCause.REQUEST
        if time.monotonic() >= deadline:
            return StopCause.MAX_RUNTIME
    return None

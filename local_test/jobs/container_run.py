"""Runs the containers of a job until the last one exits."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from local_test.engines.aws_access import AwsAccess
from local_test.engines.container_logs import TAIL_LINES
from local_test.engines.graceful_stop import stop_containers
from local_test.engines.protocol import (
    Confinement,
    Container,
    ContainerSpec,
    LogSink,
    Mount,
    Network,
)
from local_test.errors import ContainerError
from local_test.jobs.host_trees import Host
from local_test.jobs.training_job import TrainingJob
from local_test.platform.diagnosis import ContainerFailure
from local_test.platform.job_status import StopCause
from local_test.platform.limits import TRAINING_GRACE_SECONDS

_OUTPUTS = (Mount("model", read_only=False), Mount("output", read_only=False))
_POLL_SECONDS = 0.1
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunResult:
    """How the containers ended; `host` is the index of the first that failed, else 0.

    `start_error` is the sentence of a container that could not be started.
    """

    host: int
    exit_code: int
    log: tuple[str, ...]
    cause: StopCause | None = None
    interrupt: KeyboardInterrupt | None = None
    out_of_memory: bool = False
    start_error: str = ""

    def to_failure(self, name: str, command: str, failure: str = "") -> ContainerFailure:
        """Return the end of that host, for a diagnosis."""
        killed = self.out_of_memory
        return ContainerFailure(
            name, command, self.exit_code, self.log, failure, out_of_memory=killed
        )


def run_containers(
    specs: Sequence[ContainerSpec], network: Network, max_runtime: float, stop: threading.Event
) -> RunResult:
    """Run the containers of all hosts; when one fails, stop the others, as SageMaker does.

    `max_runtime` is in seconds.
    """
    deadline = time.monotonic() + max_runtime
    containers: list[Container] = []
    cause, interrupt, failed = None, None, None
    try:
        for spec in specs:
            containers.append(network.start(spec))  # noqa: PERF401 - one may fail
        cause, failed = _watch_containers(containers, lambda: _find_stop_cause(stop, deadline))
    except ContainerError as error:
        if error.exit_code is None:
            raise
        stop_containers(containers, TRAINING_GRACE_SECONDS)
        return RunResult(len(containers), error.exit_code, error.log, start_error=str(error))
    except KeyboardInterrupt as error:
        cause, interrupt = StopCause.REQUEST, error
    if cause is not None or failed is not None:
        stop_containers(containers, TRAINING_GRACE_SECONDS)
    codes = [container.wait() or 0 for container in containers]
    for container, code in zip(containers, codes, strict=True):
        _log.debug("%s: exit code %d", container.name, code)
    index = failed if failed is not None else 0
    container = containers[index]
    log, killed = container.read_log_tail(TAIL_LINES), container.out_of_memory
    return RunResult(index, codes[index], log, cause, interrupt, killed)


def _watch_containers(
    containers: Sequence[Container], find_cause: Callable[[], StopCause | None]
) -> tuple[StopCause | None, int | None]:
    running = dict(enumerate(containers))
    while running:
        for index, container in list(running.items()):
            code = container.wait(_POLL_SECONDS / len(running))
            if code is not None:
                del running[index]
            if code:
                return None, index
        cause = find_cause()
        if running and cause is not None:
            return cause, None
    return None, None


def _find_stop_cause(stop: threading.Event, deadline: float) -> StopCause | None:
    if stop.is_set():
        return StopCause.REQUEST
    return StopCause.MAX_RUNTIME if time.monotonic() >= deadline else None


def make_container_spec(
    job: TrainingJob, host: Host, variables: Mapping[str, str]
) -> ContainerSpec:
    """Return the spec of one host's container; the job's own variables override `variables`.

    The input is read-only for `train`. A ContainerEntrypoint may write there: those of the
    SageMaker SDK write `/opt/ml/input/sm_training.env` and make their script executable.
    """
    checkpoints = (Mount("checkpoints", read_only=False),) if job.checkpoints is not None else ()
    mounts = (Mount("input", read_only=not job.has_own_command), *_OUTPUTS, *checkpoints)
    return ContainerSpec(
        host.name,
        job.image,
        "train",
        host.tree,
        mounts,
        {**variables, **_build_environment(job)},
        arguments=tuple(job.arguments) if job.has_own_command else None,
        entrypoint=tuple(job.entrypoint) or None,
        confinement=confine(isolated=job.isolated, hosts=job.instance_count),
    )


def grant_aws(
    aws: AwsAccess, network: Network, logs: LogSink
) -> AbstractContextManager[Mapping[str, str]]:
    """Grant a job's hosts access to AWS; a warning goes to the log of the first one."""
    [first] = network.name_hosts(1)
    return aws.grant(network, partial(logs, first))


def confine(*, isolated: bool, hosts: int) -> Confinement:
    """Return the confinement: no network for an isolated job of one host."""
    return Confinement(network=not (isolated and hosts == 1))


def _build_environment(job: TrainingJob) -> Mapping[str, str]:
    arn = job.arn or f"arn:aws:sagemaker:local:000000000000:training-job/{job.name}"
    variables = {"TRAINING_JOB_NAME": job.name, "TRAINING_JOB_ARN": arn}
    if job.entrypoint:
        # The service runs containers as root; for another user the SDK's `@remote` calls sudo.
        variables["LOGNAME"] = "root"
    return variables | dict(job.environment)

"""Runs a training job, from its input channels to its artifacts."""

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from local_test.engines.container_logs import print_line
from local_test.engines.protocol import Engine, LogSink
from local_test.jobs.artifacts import write_artifacts
from local_test.jobs.atomic_output import make_output_directory
from local_test.jobs.container_run import grant_aws, make_container_spec, run_containers
from local_test.jobs.host_trees import make_host_trees
from local_test.jobs.pipe_feeder import PipeFeeder, feed_pipes
from local_test.jobs.training_job import TrainingJob, TrainingResult
from local_test.platform.diagnosis import diagnose, explain_failure
from local_test.platform.job_status import JobStatus, determine_outcome
from local_test.platform.metrics import Metrics
from local_test.workspace import open_workspace

_log = logging.getLogger(__name__)


def train(
    job: TrainingJob,
    output: Path,
    engine: Engine,
    *,
    logs: LogSink = print_line,
    stop: threading.Event | None = None,
) -> TrainingResult:
    """Run a job and write its artifacts, `status` and `job.json` to `output`.

    If a container fails, the result has the status `Failed`. Setting `stop` stops the job, as
    StopTrainingJob does. Ctrl-C stops it too: artifacts are written, then KeyboardInterrupt is
    raised again. Raises UserError when SageMaker would reject the job.
    """
    job.check()
    engine.read_labels(job.image)
    make_output_directory(output)
    metrics = Metrics(job.metrics)

    def sink(name: str, line: str) -> None:
        metrics.read_line(line)
        logs(name, line)

    network = engine.open_network(job.name, sink, isolated=job.isolated)
    with open_workspace() as directory, network, grant_aws(job.aws, network, logs) as variables:
        job = job.with_packed_code(directory)
        names = network.name_hosts(job.instance_count)
        hosts = make_host_trees(job, directory, names, engine.interface)
        _log.debug("%s: channels are in %s", job.name, directory)
        started = datetime.now(UTC)
        with feed_pipes(job, hosts, logs) as feeders:
            specs = [make_container_spec(job, host, variables) for host in hosts]
            run = run_containers(specs, network, job.max_runtime, stop or threading.Event())
        failing_host = hosts[run.host]
        failure = failing_host.tree.read_failure()
        word = "entrypoint" if job.has_own_command else "train"
        container_failure = run.to_failure(failing_host.name, word, failure)
        cause = run.start_error or explain_failure(container_failure, len(hosts))
        outcome = determine_outcome(run.exit_code, failure, run.cause, cause)
        result = TrainingResult(
            job=job,
            outcome=outcome,
            exit_code=run.exit_code,
            started=started,
            ended=datetime.now(UTC),
            metrics=metrics.values,
            log=run.log,
            host=failing_host.name,
            diagnosis=(run.start_error or diagnose(container_failure))
            if outcome.status is JobStatus.FAILED
            else "",
            epochs=_count_epochs(feeders),
        )
        _log.debug("%s: %s, artifacts go to %s", job.name, outcome.status, output)
        result = write_artifacts(result, hosts, output, engine.name)
    if run.interrupt is not None:
        raise run.interrupt
    return result


def _count_epochs(feeders: Sequence[PipeFeeder]) -> dict[str, int]:
    total = Counter[str]()
    for feeder in feeders:
        total[feeder.channel.name] += feeder.epochs
    return dict(total)

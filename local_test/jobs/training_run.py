"""Running a training job: from its input channels to its artifacts."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from local_test.engines.container_logs import print_line
from local_test.engines.protocol import Engine, LogSink
from local_test.jobs.artifacts import deliver
from local_test.jobs.atomic_output import open_output
from local_test.jobs.container_run import container_spec, run
from local_test.jobs.host_trees import lay_out
from local_test.jobs.pipe_feeder import Feeder, feeding
from local_test.jobs.training_job import TrainingJob, TrainingResult
from local_test.platform.diagnosis import diagnose, explain_failure
from local_test.platform.job_status import JobStatus, determine_outcome
from local_test.platform.metrics import Metrics
from local_test.workspace import open_workspace


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
    what the containers left is written, then KeyboardInterrupt goes on.
    """
    job.check()
    engine.read_labels(job.image)
    open_output(output)
    metrics = Metrics(job.metrics)

    def sink(name: str, line: str) -> None:
        metrics.read_line(line)
        logs(name, line)

    network = engine.open_network(job.name, sink, isolated=job.isolated)
    with open_workspace() as directory, network:
        job = job.with_code(directory)
        names = network.name_hosts(job.instance_count)
        hosts = lay_out(job, directory, names, engine.interface)
        started = datetime.now(UTC)
        with feeding(job, hosts, logs) as feeders:
            specs = [container_spec(job, host) for host in hosts]
            end = run(specs, network, job.max_runtime, stop or threading.Event())
        blamed = hosts[end.host]
        failure = blamed.tree.read_failure()
        ending = end.ending(blamed.name, "train", failure)
        outcome = determine_outcome(
            end.exit_code, failure, end.cause, explain_failure(ending, len(hosts))
        )
        result = TrainingResult(
            job=job,
            outcome=outcome,
            exit_code=end.exit_code,
            started=started,
            ended=datetime.now(UTC),
            metrics=metrics.values,
            log=end.log,
            host=blamed.name,
            diagnosis=diagnose(ending) if outcome.status is JobStatus.FAILED else "",
            epochs=_epochs(feeders),
        )
        result = deliver(result, hosts, output, engine.name)
    if end.interrupt is not None:
        raise end.interrupt
    return result


def _epochs(feeders: Sequence[Feeder]) -> dict[str, int]:
    total = Counter[str]()
    for feeder in feeders:
        total[feeder.channel.name] += feeder.epochs
    return dict(total)

"""Runs a processing job.

Source: Developer Guide, 'Build Your Own Processing Container'.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_test.engines.container_logs import print_line
from local_test.engines.protocol import ContainerSpec, Engine, LogSink, Mount
from local_test.errors import UserError
from local_test.jobs.container_run import RunResult, confine, grant_aws, run_containers
from local_test.jobs.processing_job import ProcessingJob, ProcessingResult, locate_folder
from local_test.platform.channel_data import copy_share
from local_test.platform.channels import Channel
from local_test.platform.config_files import write_processing_config
from local_test.platform.diagnosis import explain_failure
from local_test.platform.job_status import JobStatus
from local_test.platform.limits import MAX_FAILURE_TEXT
from local_test.platform.opt_ml_tree import OptMlTree

_MOUNTS = (
    Mount("processing", read_only=False),
    Mount("config", read_only=True),
    Mount("output", read_only=False),
)


def process(
    job: ProcessingJob,
    directory: Path,
    engine: Engine,
    *,
    logs: LogSink = print_line,
    stop: threading.Event | None = None,
) -> ProcessingResult:
    """Run a job, with its hosts' trees at `directory/HOST/ml`, and return how it ended.

    If a container fails, the result has the status `Failed`. Setting `stop` stops the job, as
    StopProcessingJob does. Raises UserError when SageMaker would reject the job.
    """
    job.check()
    engine.read_labels(job.image)
    network = engine.open_network(job.name, logs, isolated=job.isolated)
    with network, grant_aws(job.aws, network, logs) as variables:
        names = network.name_hosts(job.instance_count)
        trees = [_make_tree(job, directory, names, index) for index in range(len(names))]
        specs = [
            _make_spec(job, name, tree, variables) for name, tree in zip(names, trees, strict=True)
        ]
        run = run_containers(specs, network, job.max_runtime, stop or threading.Event())
    if run.interrupt is not None:
        raise run.interrupt
    return _make_result(run, trees)


def _make_tree(job: ProcessingJob, directory: Path, names: Sequence[str], index: int) -> OptMlTree:
    tree = OptMlTree(directory / names[index] / "ml")
    tree.make_for_processing()
    write_processing_config(tree, job.description, names[index], names)
    for source in job.inputs:
        channel = Channel(source.name, source.path, distribution=source.distribution)
        copy_share(channel, locate_folder(tree, source.local_path), index, len(names))
    for local_path in job.outputs.values():
        locate_folder(tree, local_path).mkdir(parents=True, exist_ok=True)
    return tree


def _make_spec(
    job: ProcessingJob, name: str, tree: OptMlTree, more: Mapping[str, str]
) -> ContainerSpec:
    arn = job.arn or f"arn:aws:sagemaker:local:000000000000:processing-job/{job.name}"
    variables = {**more, "PROCESSING_JOB_NAME": job.name, "PROCESSING_JOB_ARN": arn}
    return ContainerSpec(
        name,
        job.image,
        "process",
        tree,
        _MOUNTS,
        variables | dict(job.environment),
        arguments=tuple(job.arguments),
        entrypoint=tuple(job.entrypoint) or None,
        confinement=confine(isolated=job.isolated, hosts=job.instance_count),
    )


def _make_result(run: RunResult, trees: Sequence[OptMlTree]) -> ProcessingResult:
    """Return the result; message and cause are those of the host that failed first."""
    failing_tree = trees[run.host]
    try:
        message = failing_tree.read_message()
    except UserError as error:
        return ProcessingResult(JobStatus.FAILED, run.exit_code, trees, "", f"ClientError: {error}")
    if run.cause is not None:
        return ProcessingResult(JobStatus.STOPPED, run.exit_code, trees, message)
    if run.exit_code == 0:
        return ProcessingResult(JobStatus.COMPLETED, 0, trees, message)
    last = next((line.strip() for line in reversed(run.log) if line.strip()), "")
    name = failing_tree.root.parent.name
    sentence = f"{name}: {message}" if message and len(trees) > 1 else message
    text = (sentence or _explain(run, name, last, len(trees)))[: MAX_FAILURE_TEXT // 2]
    reason = f"AlgorithmError: {text}, exit code: {run.exit_code}"
    return ProcessingResult(JobStatus.FAILED, run.exit_code, trees, message, reason)


def _explain(run: RunResult, name: str, last: str, hosts: int) -> str:
    """Return the cause of a failure without a message: a signal, or the last log line."""
    ending = run.to_failure(name, "process")
    explanation = run.start_error or explain_failure(ending, 1)
    words = last or "it wrote no log and no /opt/ml/output/message"
    return explanation or (f"{name}: {words}" if hosts > 1 else words)

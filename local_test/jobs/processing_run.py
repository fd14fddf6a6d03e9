"""Running a processing job: any program of an image, from its inputs to its outputs.

Source: Developer Guide, 'Build Your Own Processing Container'.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

from local_test.engines.container_logs import print_line
from local_test.engines.protocol import ContainerSpec, Engine, LogSink, Mount
from local_test.errors import UserError
from local_test.jobs.container_run import End, confined, run
from local_test.jobs.processing_job import ProcessingJob, ProcessingResult, folder
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
    """Run a job, its hosts' trees at `directory/HOST/ml`, and say how it ended.

    A container that fails gives a result with the status `Failed`; what the service would refuse
    to start is a UserError. Setting `stop` stops the job as StopProcessingJob does.
    """
    job.check()
    engine.read_labels(job.image)
    with engine.open_network(job.name, logs, isolated=job.isolated) as network:
        names = network.name_hosts(job.instance_count)
        trees = [_lay_out(job, directory, names, index) for index in range(len(names))]
        specs = [_spec(job, name, tree) for name, tree in zip(names, trees, strict=True)]
        end = run(specs, network, job.max_runtime, stop or threading.Event())
    if end.interrupt is not None:
        raise end.interrupt
    return _result(end, trees)


def _lay_out(job: ProcessingJob, directory: Path, names: Sequence[str], index: int) -> OptMlTree:
    tree = OptMlTree(directory / names[index] / "ml")
    tree.make_for_processing()
    write_processing_config(tree, job.description, names[index], names)
    for given in job.inputs:
        channel = Channel(given.name, given.path, distribution=given.distribution)
        copy_share(channel, folder(tree, given.local_path), index, len(names))
    for local_path in job.outputs.values():
        folder(tree, local_path).mkdir(parents=True, exist_ok=True)
    return tree


def _spec(job: ProcessingJob, name: str, tree: OptMlTree) -> ContainerSpec:
    arn = job.arn or f"arn:aws:sagemaker:local:000000000000:processing-job/{job.name}"
    named = {"PROCESSING_JOB_NAME": job.name, "PROCESSING_JOB_ARN": arn}
    return ContainerSpec(
        name,
        job.image,
        "process",
        tree,
        _MOUNTS,
        named | dict(job.environment),
        arguments=tuple(job.arguments),
        entrypoint=tuple(job.entrypoint) or None,
        confinement=confined(isolated=job.isolated, hosts=job.instance_count),
    )


def _result(end: End, trees: Sequence[OptMlTree]) -> ProcessingResult:
    """Judge the end: the host that failed first speaks for the job."""
    blamed = trees[end.host]
    try:
        message = blamed.read_message()
    except UserError as error:
        return ProcessingResult(JobStatus.FAILED, end.exit_code, trees, "", f"ClientError: {error}")
    if end.cause is not None:
        return ProcessingResult(JobStatus.STOPPED, end.exit_code, trees, message)
    if end.exit_code == 0:
        return ProcessingResult(JobStatus.COMPLETED, 0, trees, message)
    last = next((line.strip() for line in reversed(end.log) if line.strip()), "")
    name = blamed.root.parent.name
    spoken = f"{name}: {message}" if message and len(trees) > 1 else message
    text = (spoken or _cause(end, name, last, len(trees)))[: MAX_FAILURE_TEXT // 2]
    reason = f"AlgorithmError: {text}, exit code: {end.exit_code}"
    return ProcessingResult(JobStatus.FAILED, end.exit_code, trees, message, reason)


def _cause(end: End, name: str, last: str, hosts: int) -> str:
    """Return the cause of an end without a message: a signal, else the last line of the log."""
    ending = end.ending(name, "process")
    signalled = explain_failure(ending, 1)
    words = last or "it wrote no log and no /opt/ml/output/message"
    return signalled or (f"{name}: {words}" if hosts > 1 else words)

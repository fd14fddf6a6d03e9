"""Artifacts of a training job, with the file names of SageMaker."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.jobs.atomic_output import write_atomically
from local_test.jobs.host_trees import Host, merge_trees
from local_test.jobs.training_job import TrainingResult
from local_test.platform.archives import pack
from local_test.platform.config_files import make_input_data_config
from local_test.platform.job_status import JobOutcome, JobStatus
from local_test.platform.opt_ml_tree import OptMlTree
from local_test.workspace import open_workspace

MODEL, OUTPUT, STATUS = "model.tar.gz", "output.tar.gz", "status"
REASON, DESCRIPTION = "FailureReason", "job.json"
_ALL = (MODEL, OUTPUT, STATUS, REASON, DESCRIPTION)


def write_artifacts(
    result: TrainingResult, hosts: Sequence[Host], output: Path, engine: str
) -> TrainingResult:
    """Write all artifacts of a job at once; return the result with the path of the model.

    A failed job has no model, and only the output data of the failing host. A link among the
    artifacts, or a file name of two hosts, makes the job fail.
    """
    failing_host = next(host for host in hosts if host.name == result.host)
    kept_hosts = [failing_host] if result.status is JobStatus.FAILED else hosts
    with open_workspace() as merging, write_atomically(output, _ALL) as aside:
        try:
            _pack_artifacts(result, merge_trees(kept_hosts, merging), aside)
        except UserError as error:
            reason = _replace_roots(str(error), hosts)
            outcome = JobOutcome(JobStatus.FAILED, JobStatus.FAILED, f"ClientError: {reason}")
            result = replace(result, outcome=outcome, diagnosis=reason)
        if (aside / MODEL).exists():
            result = replace(result, model=output / MODEL)
        _write_description(result, aside, engine)
    return result


def _pack_artifacts(result: TrainingResult, tree: OptMlTree, aside: Path) -> None:
    _pack_if_any(tree.output_data, aside / OUTPUT)
    if result.status is not JobStatus.FAILED:
        _pack_if_any(tree.model, aside / MODEL)


def _replace_roots(text: str, hosts: Sequence[Host]) -> str:
    for host in hosts:
        text = text.replace(f"{host.tree.root}/", "/opt/ml/")
    return text


def _pack_if_any(directory: Path, archive: Path) -> None:
    if any(directory.iterdir()):
        pack(directory, archive)


def _write_description(result: TrainingResult, aside: Path, engine: str) -> None:
    (aside / STATUS).write_text(f"{result.status}\n", encoding="utf-8")
    if result.outcome.failure_reason:
        (aside / REASON).write_text(result.outcome.failure_reason, encoding="utf-8")
    text = json.dumps(describe_job(result, engine), indent=2, ensure_ascii=False)
    (aside / DESCRIPTION).write_text(f"{text}\n", encoding="utf-8")


def describe_job(result: TrainingResult, engine: str) -> Mapping[str, Any]:
    """Return the content of `job.json`: DescribeTrainingJob, with ExitCode and Engine."""
    job = result.job
    ended = result.ended.timestamp()
    description: dict[str, Any] = {
        "TrainingJobName": job.name,
        "TrainingJobStatus": result.status,
        "SecondaryStatus": result.outcome.secondary,
        "FailureReason": result.outcome.failure_reason or None,
        "AlgorithmSpecification": {"TrainingImage": job.image},
        "HyperParameters": dict(job.hyperparameters),
        "Environment": dict(job.environment),
        "InputDataConfig": [
            {"ChannelName": name} | channel
            for name, channel in make_input_data_config(job.inputs).items()
        ],
        "ModelArtifacts": {"S3ModelArtifacts": result.model and result.model.absolute().as_uri()},
        "ResourceConfig": {"InstanceCount": job.instance_count, "InstanceType": job.instance_type},
        "StoppingCondition": {"MaxRuntimeInSeconds": job.max_runtime},
        "TrainingStartTime": result.started.isoformat(timespec="milliseconds"),
        "TrainingEndTime": result.ended.isoformat(timespec="milliseconds"),
        "TrainingTimeInSeconds": round(result.seconds, 3),
        "FinalMetricDataList": [
            {"MetricName": name, "Value": values[-1], "Timestamp": ended}
            for name, values in result.metrics.items()
        ],
        "ExitCode": result.exit_code,
        "Engine": engine,
    }
    return {key: value for key, value in description.items() if value is not None}

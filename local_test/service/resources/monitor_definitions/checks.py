"""Checks of a monitor's job before it is kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from local_test.jobs.processing_job import check_local_path
from local_test.platform.limits import check_command, check_instances
from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.monitor_definitions.durations import parse_offset
from local_test.service.resources.monitor_definitions.monitoring_job import MonitoringJob
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.s3 import parse_uri

_RESOURCES = ("ConstraintsResource", "StatisticsResource")
_SCRIPTS = ("RecordPreprocessorSourceUri", "PostAnalyticsProcessorSourceUri", "ConfigUri")


def check_inputs(data: Mapping[str, Any], where: str) -> None:
    """Raise ApiError unless an input names either an endpoint or captures of transform jobs."""
    given = [name for name in ("EndpointInput", "BatchTransformInput") if name in data]
    if len(given) != 1:
        raise invalid(
            f"Not one input but {len(given)}: {where}. Give an EndpointInput or a"
            " BatchTransformInput."
        )


def check_job(backend: Backend, region: str, job: MonitoringJob) -> None:
    """Check a job: its image, endpoint, addresses, paths, offsets.

    Raises ApiError or UserError when it could not run.
    """
    check_instances(job.cluster["InstanceCount"])
    backend.check_image(job.program["ImageUri"], "processing")
    check_command(
        job.program.get("ContainerEntrypoint", ()), job.program.get("ContainerArguments", ())
    )
    if job.source.get("S3InputMode", "File") != "File":
        raise invalid("S3InputMode Pipe is not done here: the monitor's input. Use File.")
    check_local_path("the monitor's input", job.source["LocalPath"])
    check_local_path("the monitor's output", job.output["LocalPath"])
    for field in ("StartTimeOffset", "EndTimeOffset"):
        if field in job.source:
            parse_offset(job.source[field], field)
    if job.endpoint is not None:
        backend.records.get(ENDPOINT, region, job.endpoint)
    if "BaseliningJobName" in job.baseline:
        _check_baselining_job(backend, region, job.baseline["BaseliningJobName"])
    storage = backend.storage(region)
    for uri in _list_addresses(job):
        storage.require_bucket(parse_uri(uri).bucket)


def _list_addresses(job: MonitoringJob) -> Iterator[str]:
    yield job.output["S3Uri"]
    if job.is_batch:
        yield job.source["DataCapturedDestinationS3Uri"]
    if job.ground_truth is not None:
        yield job.ground_truth
    for name in _RESOURCES:
        if "S3Uri" in job.baseline.get(name, {}):
            yield job.baseline[name]["S3Uri"]
    yield from (job.program[name] for name in _SCRIPTS if name in job.program)


def _check_baselining_job(backend: Backend, region: str, name: str) -> None:
    try:
        backend.records.get(PROCESSING_JOB, region, name)
    except ApiError as error:
        raise invalid(
            f"No such processing job: BaseliningJobName {name}. Create it first."
        ) from error

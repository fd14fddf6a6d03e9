"""A processing job, checked and started: for the API, and for the monitors of this service."""

from collections.abc import Mapping
from typing import Any

from local_test.platform.limits import check_command, check_instances
from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import now, start_record
from local_test.service.backend import Backend
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.processing.definition_rules import check_input, check_output
from local_test.service.resources.processing.definitions import (
    is_managed_by_app,
    list_inputs,
    list_outputs,
)
from local_test.service.resources.processing.job_run import ProcessingRun
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.records import Record
from local_test.service.storage.s3_input import list_objects

_DEFAULTS = {"StoppingCondition": {"MaxRuntimeInSeconds": 86400}}


def submit_job(backend: Backend, region: str, request: Mapping[str, Any], **more: Any) -> Record:
    """Check the request of a job, keep it with further fields, and start the job.

    Return its record. Raises ApiError or UserError when the job could not run.
    """
    name = request[PROCESSING_JOB.name_field]
    _check_request(backend, request)
    for definition in list_inputs(request):
        if "S3Input" in definition and not is_managed_by_app(definition):
            list_objects(backend.storage(region), definition["S3Input"])
    record = _DEFAULTS | start_record(PROCESSING_JOB, region, dict(request), now()) | more
    record |= {PROCESSING_JOB.status_field: "InProgress"}
    backend.records.add(PROCESSING_JOB, region, name, record)
    start_work(backend, PROCESSING_JOB, region, name, ProcessingRun(backend, region, name).run)
    return record


def _check_request(backend: Backend, request: Mapping[str, Any]) -> None:
    count = request["ProcessingResources"]["ClusterConfig"].get("InstanceCount")
    if count is None:
        raise invalid("ClusterConfig needs an InstanceCount; preferences are not run here.")
    check_instances(count)
    program = request["AppSpecification"]
    backend.check_image(program["ImageUri"], "processing")
    check_command(program.get("ContainerEntrypoint", ()), program.get("ContainerArguments", ()))
    paths = [path for one in list_inputs(request) if (path := check_input(one))]
    paths += [path for one in list_outputs(request) if (path := check_output(one))]
    names = [definition["InputName"] for definition in list_inputs(request)]
    names += [definition["OutputName"] for definition in list_outputs(request)]
    for kind, values in (("local path", paths), ("name", names)):
        for item in values:
            if values.count(item) > 1:
                raise invalid(f"The {kind} {item} is given more than once.")

"""CreateProcessingJob, StopProcessingJob, DescribeProcessingJob, ListProcessingJobs."""

from collections.abc import Mapping
from typing import Any

from local_test.platform.limits import check_command, check_instances
from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.backend import Backend
from local_test.service.events.state_changes import StateChangeEvents
from local_test.service.resources.experiments.placement import check_placement
from local_test.service.resources.generic_operations import (
    Output,
    describe,
    list_all,
    stop,
)
from local_test.service.resources.lifecycle import fail_unfinished, start_work
from local_test.service.resources.processing.definition_rules import check_input, check_output
from local_test.service.resources.processing.definitions import (
    is_managed_by_app,
    list_inputs,
    list_outputs,
)
from local_test.service.resources.processing.job_run import ProcessingRun
from local_test.service.resources.processing.page import PROCESSING_PAGE
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.registration import Registration
from local_test.service.storage.s3_input import list_objects

_DEFAULTS = {"StoppingCondition": {"MaxRuntimeInSeconds": 86400}}


def _create(backend: Backend, call: ApiCall) -> Output:
    request, name = call.request, call.request[PROCESSING_JOB.name_field]
    _check_request(backend, request)
    check_placement(backend, call.region, request)
    for definition in list_inputs(request):
        if "S3Input" in definition and not is_managed_by_app(definition):
            list_objects(backend.storage(call.region), definition["S3Input"])
    record = _DEFAULTS | start_record(PROCESSING_JOB, call.region, request, now())
    record |= {PROCESSING_JOB.status_field: "InProgress"}
    backend.records.add(PROCESSING_JOB, call.region, name, record)
    start_work(
        backend, PROCESSING_JOB, call.region, name, ProcessingRun(backend, call.region, name).run
    )
    return {PROCESSING_JOB.arn_field: record[PROCESSING_JOB.arn_field]}


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


REGISTRATION = Registration(
    operations={
        "CreateProcessingJob": _create,
        "StopProcessingJob": stop(PROCESSING_JOB),
        "DescribeProcessingJob": describe(PROCESSING_JOB),
        "ListProcessingJobs": list_all(PROCESSING_JOB),
    },
    types=(PROCESSING_JOB,),
    pages=(PROCESSING_PAGE,),
    restart=fail_unfinished(PROCESSING_JOB),
    events=(
        StateChangeEvents(
            PROCESSING_JOB,
            "SageMaker Processing Job State Change",
            "DescribeProcessingJob",
            ("ProcessingJobStatus",),
        ),
    ),
)

"""CreateProcessingJob, StopProcessingJob, DescribeProcessingJob, ListProcessingJobs."""

from collections.abc import Mapping
from typing import Any

from local_test.jobs.processing_job import check_local_path
from local_test.platform.limits import check_instances
from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import Call
from local_test.service.api.resource_type import begun, now
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import (
    Answer,
    describe,
    list_all,
    stop,
)
from local_test.service.resources.lifecycle import fail_unfinished, launch
from local_test.service.resources.processing.job_run import Processing, inputs, outputs
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.registration import Registration
from local_test.service.storage.s3_input import objects

_DEFAULTS = {"StoppingCondition": {"MaxRuntimeInSeconds": 86400}}


def _create(backend: Backend, call: Call) -> Answer:
    request, name = call.request, call.request[PROCESSING_JOB.name]
    _check(request)
    for given in inputs(request):
        objects(backend.storage(call.region), given["S3Input"])
    record = _DEFAULTS | begun(PROCESSING_JOB, call.region, request, now())
    record |= {PROCESSING_JOB.status: "InProgress"}
    backend.records.add(PROCESSING_JOB, call.region, name, record)
    launch(backend, PROCESSING_JOB, call.region, name, Processing(backend, call.region, name).run)
    return {PROCESSING_JOB.arn: record[PROCESSING_JOB.arn]}


def _check(request: Mapping[str, Any]) -> None:
    count = request["ProcessingResources"]["ClusterConfig"].get("InstanceCount")
    if count is None:
        raise invalid("ClusterConfig needs an InstanceCount; preferences are not run here.")
    check_instances(count)
    places = [_place(given, "Input") for given in inputs(request)]
    places += [_place(given, "Output") for given in outputs(request)]
    names = [given["InputName"] for given in inputs(request)]
    names += [given["OutputName"] for given in outputs(request)]
    for kind, told in (("local path", places), ("name", names)):
        for item in told:
            if told.count(item) > 1:
                raise invalid(f"The {kind} {item} is given more than once.")


def _place(given: Mapping[str, Any], kind: str) -> str:
    name, told = given[f"{kind}Name"], given.get(f"S3{kind}")
    if told is None or given.get("AppManaged"):
        raise invalid(f"{kind} {name}: only an S3{kind} that no app manages is done here.")
    if told.get("S3InputMode", "File") != "File":
        raise invalid(f"Input {name}: S3InputMode Pipe is not done here; File is.")
    if "LocalPath" not in told:
        raise invalid(f"{kind} {name} needs a LocalPath.")
    check_local_path(name, told["LocalPath"])
    return str(told["LocalPath"]).rstrip("/")


REGISTRATION = Registration(
    operations={
        "CreateProcessingJob": _create,
        "StopProcessingJob": stop(PROCESSING_JOB),
        "DescribeProcessingJob": describe(PROCESSING_JOB),
        "ListProcessingJobs": list_all(PROCESSING_JOB),
    },
    types=(PROCESSING_JOB,),
    restart=fail_unfinished(PROCESSING_JOB),
)

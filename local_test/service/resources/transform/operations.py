"""CreateTransformJob, StopTransformJob, DescribeTransformJob, ListTransformJobs."""

from collections.abc import Mapping
from typing import Any

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
from local_test.service.resources.models.container_definitions import containers
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.registration import Registration
from local_test.service.resources.transform import job_run
from local_test.service.resources.transform.job_run import Transform
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.s3_input import objects


def _create(backend: Backend, call: Call) -> Answer:
    request, name = call.request, call.request[TRANSFORM_JOB.name]
    model = backend.records.get(MODEL, call.region, request[MODEL.name])
    if any(container.get("Mode") == "MultiModel" for container in containers(model)):
        raise invalid(f"Model {request[MODEL.name]} holds many; a transform has one.")
    _check(request)
    job_run.settings(request).check()
    objects(backend.storage(call.region), request["TransformInput"]["DataSource"]["S3DataSource"])
    record = begun(TRANSFORM_JOB, call.region, call.request, now()) | {
        TRANSFORM_JOB.status: "InProgress"
    }
    backend.records.add(TRANSFORM_JOB, call.region, name, record)
    work = Transform(backend, call.region, name)
    launch(backend, TRANSFORM_JOB, call.region, name, work.run)
    return {TRANSFORM_JOB.arn: record[TRANSFORM_JOB.arn]}


def _check(request: Mapping[str, Any]) -> None:
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in {"S3Prefix", "ManifestFile"}:
        raise invalid(f"TransformInput: S3DataType {source['S3DataType']} cannot be read here.")
    wanted = request["TransformOutput"]
    assembled = wanted.get("AssembleWith", "None") == "Line"
    job_run.processing(request).check(wanted.get("Accept"), assembled=assembled)


REGISTRATION = Registration(
    operations={
        "CreateTransformJob": _create,
        "StopTransformJob": stop(TRANSFORM_JOB),
        "DescribeTransformJob": describe(TRANSFORM_JOB),
        "ListTransformJobs": list_all(TRANSFORM_JOB),
    },
    types=(TRANSFORM_JOB,),
    restart=fail_unfinished(TRANSFORM_JOB),
)

"""CreateTransformJob, StopTransformJob, DescribeTransformJob, ListTransformJobs."""

from collections.abc import Mapping
from typing import Any

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
from local_test.service.resources.models.container_definitions import list_containers
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.registration import Registration
from local_test.service.resources.transform import job_run
from local_test.service.resources.transform.data_capture import check_capture
from local_test.service.resources.transform.job_run import TransformRun
from local_test.service.resources.transform.page import TRANSFORM_PAGE
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.s3_input import list_objects


def _create(backend: Backend, call: ApiCall) -> Output:
    request, name = call.request, call.request[TRANSFORM_JOB.name_field]
    model = backend.records.get(MODEL, call.region, request[MODEL.name_field])
    if any(container.get("Mode") == "MultiModel" for container in list_containers(model)):
        raise invalid(f"Model {request[MODEL.name_field]} holds many; a transform has one.")
    _check_request(request)
    check_placement(backend, call.region, request)
    job_run.read_settings(request).check()
    check_capture(backend.storage(call.region), request)
    list_objects(
        backend.storage(call.region), request["TransformInput"]["DataSource"]["S3DataSource"]
    )
    record = start_record(TRANSFORM_JOB, call.region, call.request, now()) | {
        TRANSFORM_JOB.status_field: "InProgress"
    }
    backend.records.add(TRANSFORM_JOB, call.region, name, record)
    work = TransformRun(backend, call.region, name)
    start_work(backend, TRANSFORM_JOB, call.region, name, work.run)
    return {TRANSFORM_JOB.arn_field: record[TRANSFORM_JOB.arn_field]}


def _check_request(request: Mapping[str, Any]) -> None:
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in {"S3Prefix", "ManifestFile"}:
        raise invalid(f"TransformInput: S3DataType {source['S3DataType']} cannot be read here.")
    output = request["TransformOutput"]
    by_line = output.get("AssembleWith", "None") == "Line"
    job_run.read_data_processing(request).check(output.get("Accept"), assembled=by_line)


REGISTRATION = Registration(
    operations={
        "CreateTransformJob": _create,
        "StopTransformJob": stop(TRANSFORM_JOB),
        "DescribeTransformJob": describe(TRANSFORM_JOB),
        "ListTransformJobs": list_all(TRANSFORM_JOB),
    },
    types=(TRANSFORM_JOB,),
    restart=fail_unfinished(TRANSFORM_JOB),
    pages=(TRANSFORM_PAGE,),
    events=(
        StateChangeEvents(
            TRANSFORM_JOB,
            "SageMaker Transform Job State Change",
            "DescribeTransformJob",
            ("TransformJobStatus",),
        ),
    ),
)

"""Create, Describe, List and Delete of the four types of job definitions."""

from collections.abc import Iterator
from typing import Any

from local_test.service.api.api_errors import in_use
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operation, Operations, Output
from local_test.service.resources.monitor_definitions.checks import check_inputs, check_job
from local_test.service.resources.monitor_definitions.monitoring_job import read_definition
from local_test.service.resources.monitor_definitions.resource import (
    MONITORING_SCHEDULE,
    TYPES,
    DefinitionType,
)
from local_test.service.resources.pagination import paginate
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record

_NAME = "JobDefinitionName"


def _create(kind: DefinitionType) -> Operation:
    def answer(backend: Backend, call: ApiCall) -> Output:
        check_inputs(call.request[kind.fields.input], kind.fields.input)
        job = read_definition(kind, call.request)
        check_job(backend, call.region, job)
        record = _start_record(kind, call.region, call.request, job.endpoint)
        backend.records.add(kind.resource, call.region, call.request[_NAME], record)
        return {"JobDefinitionArn": record["JobDefinitionArn"]}

    return answer


def _start_record(
    kind: DefinitionType, region: str, request: dict[str, Any], endpoint: str | None
) -> Record:
    """Return a new record; the names of its fields differ between Describe and List."""
    name, arn = request[_NAME], kind.resource.make_arn(region, request[_NAME])
    return dict(request) | {
        "JobDefinitionArn": arn,
        kind.resource.arn_field: arn,
        "MonitoringJobDefinitionName": name,
        "MonitoringJobDefinitionArn": arn,
        "EndpointName": endpoint or "",
        "CreationTime": now(),
    }


def _describe(kind: DefinitionType) -> Operation:
    def answer(backend: Backend, call: ApiCall) -> Output:
        record = backend.records.get(kind.resource, call.region, call.request[_NAME])
        return select_fields(record, call.output_shape)

    return answer


def _list(kind: DefinitionType) -> Operation:
    def answer(backend: Backend, call: ApiCall) -> Output:
        conditions = {}
        if "EndpointName" in call.request:
            conditions["names"] = tuple(
                record[_NAME]
                for _, record in backend.records.list_all(kind.resource, call.region)
                if record["EndpointName"] == call.request["EndpointName"]
            )
        page, token = paginate(
            backend.records, kind.resource, call.region, call.request, **conditions
        )
        summaries = [select_fields(record, call.entry_shape) for record in page]
        return {kind.resource.list_field: summaries} | ({"NextToken": token} if token else {})

    return answer


def _delete(kind: DefinitionType) -> Operation:
    def answer(backend: Backend, call: ApiCall) -> Output:
        name = call.request[_NAME]
        record = backend.records.get(kind.resource, call.region, name)
        users = list(_list_users(backend, call.region, kind, name))
        if users:
            raise in_use(
                f"Job definition in use: {record['JobDefinitionArn']}. Delete the monitoring"
                f" schedules {', '.join(users)} first."
            )
        backend.records.remove(kind.resource, call.region, name)
        return {}

    return answer


def _list_users(backend: Backend, region: str, kind: DefinitionType, name: str) -> Iterator[str]:
    """Yield the names of the schedules that run a definition."""
    for _, schedule in backend.records.list_all(MONITORING_SCHEDULE, region):
        pair = (schedule["MonitoringType"], schedule["MonitoringJobDefinitionName"])
        if pair == (kind.name, name):
            yield schedule["MonitoringScheduleName"]


def _list_operations(kind: DefinitionType) -> Operations:
    name = f"{kind.name}JobDefinition"
    return {
        f"Create{name}": _create(kind),
        f"Describe{name}": _describe(kind),
        f"List{name}s": _list(kind),
        f"Delete{name}": _delete(kind),
    }


REGISTRATION = Registration(
    operations={
        operation: answer
        for kind in TYPES.values()
        for operation, answer in _list_operations(kind).items()
    },
    types=tuple(kind.resource for kind in TYPES.values()),
)

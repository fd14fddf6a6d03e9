"""Create, Update, Describe, List, Start, Stop and Delete of monitoring schedules."""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.monitor_definitions.checks import check_inputs, check_job
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_executions.execution_run import read_job
from local_test.service.resources.monitoring_executions.resource import (
    CONFIG,
    MONITORING_EXECUTION,
    UNFINISHED,
    name_execution,
)
from local_test.service.resources.monitoring_schedules.alert import start_alert
from local_test.service.resources.monitoring_schedules.timing import (
    NEXT,
    check_window,
    parse_timing,
)
from local_test.service.resources.pagination import paginate
from local_test.service.storage.records import Record

_NAME = "MonitoringScheduleName"
_EQUAL = {
    "EndpointName": "EndpointName",
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}


def _create(backend: Backend, call: ApiCall) -> Output:
    fields = _read_config(backend, call)
    record = start_record(MONITORING_SCHEDULE, call.region, call.request, now()) | fields
    record |= {"MonitoringScheduleStatus": "Scheduled", **start_alert(record)}
    record |= {NEXT: _find_first(record)}
    backend.records.add(MONITORING_SCHEDULE, call.region, call.request[_NAME], record)
    return {"MonitoringScheduleArn": record["MonitoringScheduleArn"]}


def _update(backend: Backend, call: ApiCall) -> Output:
    name = call.request[_NAME]
    backend.records.get(MONITORING_SCHEDULE, call.region, name)
    fields = _read_config(backend, call) | {"LastModifiedTime": now()}
    with backend.records.lock():
        record = backend.records.get(MONITORING_SCHEDULE, call.region, name) | fields
        if record["MonitoringScheduleStatus"] == "Scheduled":
            fields[NEXT] = _find_first(record)
        record = backend.records.update(MONITORING_SCHEDULE, call.region, name, **fields)
    return {"MonitoringScheduleArn": record["MonitoringScheduleArn"]}


def _read_config(backend: Backend, call: ApiCall) -> dict[str, Any]:
    """Return the fields that a request's configuration gives a schedule.

    Raises ApiError when it could not run.
    """
    config = call.request[CONFIG]
    given = [
        field
        for field in ("MonitoringJobDefinition", "MonitoringJobDefinitionName")
        if field in config
    ]
    if len(given) != 1:
        raise invalid(
            f"Not one job but {len(given)}: {CONFIG}. Give a MonitoringJobDefinition or a"
            " MonitoringJobDefinitionName."
        )
    if "MonitoringJobDefinition" in config:
        _check_inline(config)
    elif "MonitoringType" not in config:
        raise invalid(f"MonitoringType is missing: {CONFIG}. Give that of the job definition.")
    job = read_job(backend, call.region, config)
    check_job(backend, call.region, job)
    parse_timing(config)
    check_window(config, job)
    return {
        CONFIG: config,
        "MonitoringType": job.kind,
        "EndpointName": job.endpoint,
        "MonitoringJobDefinitionName": config.get("MonitoringJobDefinitionName"),
    }


def _check_inline(config: Mapping[str, Any]) -> None:
    if config.get("MonitoringType", "DataQuality") != "DataQuality":
        raise invalid(
            f"MonitoringType {config['MonitoringType']} of a MonitoringJobDefinition is not"
            " supported. Create a job definition of that type, and give its name."
        )
    check_inputs(config["MonitoringJobDefinition"]["MonitoringInputs"][0], "MonitoringInputs")


def _find_first(record: Record) -> float | None:
    """Return the time of the first execution: now, or the next hour that fits."""
    timing = parse_timing(record[CONFIG])
    return now() if timing.is_once else timing.find_next(now())


def _describe(backend: Backend, call: ApiCall) -> Output:
    record = backend.records.get(MONITORING_SCHEDULE, call.region, call.request[_NAME])
    found = select_fields(record, call.output_shape)
    executions = _list_executions(backend, call.region, call.request[_NAME])
    since = [one for one in executions if one["CreationTime"] >= record["CreationTime"]]
    if since and call.output_shape is not None:
        last = max(since, key=lambda one: float(one["ScheduledTime"]))
        shape = call.output_shape.members["LastMonitoringExecutionSummary"]
        found["LastMonitoringExecutionSummary"] = select_fields(last, shape)
    return found


def _list_executions(backend: Backend, region: str, name: str) -> list[Record]:
    return [
        record
        for _, record in backend.records.list_all(MONITORING_EXECUTION, region)
        if record[_NAME] == name
    ]


def _list(backend: Backend, call: ApiCall) -> Output:
    request, conditions = call.request, {}
    wanted = {field: request[name] for name, field in _EQUAL.items() if name in request}
    if wanted:
        conditions["names"] = tuple(
            record[_NAME]
            for _, record in backend.records.list_all(MONITORING_SCHEDULE, call.region)
            if all(record.get(field) == value for field, value in wanted.items())
        )
    page, token = paginate(backend.records, MONITORING_SCHEDULE, call.region, request, **conditions)
    summaries = [select_fields(record, call.entry_shape) for record in page]
    return {MONITORING_SCHEDULE.list_field: summaries} | ({"NextToken": token} if token else {})


def _start(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = backend.records.get(MONITORING_SCHEDULE, call.region, call.request[_NAME])
        changes = {"MonitoringScheduleStatus": "Scheduled", "LastModifiedTime": now()}
        backend.records.update(
            MONITORING_SCHEDULE,
            call.region,
            call.request[_NAME],
            **changes,
            **{NEXT: _find_first(record)},
        )
    return {}


def _stop(backend: Backend, call: ApiCall) -> Output:
    changes = {"MonitoringScheduleStatus": "Stopped", "LastModifiedTime": now(), NEXT: None}
    backend.records.update(MONITORING_SCHEDULE, call.region, call.request[_NAME], **changes)
    return {}


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Delete a schedule and stop what it runs; its executions stay.

    Source: API, DeleteMonitoringSchedule.
    """
    name = call.request[_NAME]
    backend.records.remove(MONITORING_SCHEDULE, call.region, name)
    for record in _list_executions(backend, call.region, name):
        if record[MONITORING_EXECUTION.status_field] in UNFINISHED:
            key = MONITORING_EXECUTION.work_key(call.region, name_execution(record))
            backend.threads.stop(key)
    return {}


OPERATIONS: Operations = {
    "CreateMonitoringSchedule": _create,
    "UpdateMonitoringSchedule": _update,
    "DescribeMonitoringSchedule": _describe,
    "ListMonitoringSchedules": _list,
    "StartMonitoringSchedule": _start,
    "StopMonitoringSchedule": _stop,
    "DeleteMonitoringSchedule": _delete,
}

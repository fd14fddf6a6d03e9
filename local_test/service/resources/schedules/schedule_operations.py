"""CreateSchedule, UpdateSchedule, GetSchedule, DeleteSchedule, ListSchedules."""

from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.schedules.invocation import (
    MAX_AGE_SECONDS,
    NEXT,
    check_schedule_target,
    find_first,
)
from local_test.service.resources.schedules.resource import (
    DEFAULT_GROUP,
    SCHEDULE,
    conflict,
    find_group,
    find_schedule,
    make_scheduler_arn,
    name_record,
)
from local_test.service.schedules.expression import parse_expression
from local_test.service.storage.records import Record

_START_SECONDS = 300
_DEFAULTS = {
    "GroupName": DEFAULT_GROUP,
    "ScheduleExpressionTimezone": "UTC",
    "State": "ENABLED",
    "ActionAfterCompletion": "NONE",
}
_RETRIES = {"MaximumEventAgeInSeconds": MAX_AGE_SECONDS, "MaximumRetryAttempts": 185}


def _create(backend: Backend, call: ApiCall) -> Output:
    record = _make_record(backend, call, now())
    name = name_record(record["GroupName"], record["Name"])
    try:
        backend.records.add(SCHEDULE, call.region, name, record)
    except ApiError as error:
        existing = backend.records.get(SCHEDULE, call.region, name)
        if existing["ClientToken"] and existing["ClientToken"] == record["ClientToken"]:
            return {"ScheduleArn": existing["Arn"]}  # the same request, sent again
        raise conflict(f"Schedule {record['Name']} already exists.") from error
    return {"ScheduleArn": record["Arn"]}


def _update(backend: Backend, call: ApiCall) -> Output:
    """Replace a schedule: what the request leaves out has its default again."""
    group = call.request.get("GroupName", DEFAULT_GROUP)
    before = find_schedule(backend, call.region, group, call.request["Name"])
    record = _make_record(backend, call, before["CreationDate"])
    dropped = dict.fromkeys(before.keys() - record.keys())
    name = name_record(group, record["Name"])
    backend.records.update(SCHEDULE, call.region, name, **dropped, **record)
    return {"ScheduleArn": record["Arn"]}


def _make_record(backend: Backend, call: ApiCall, created: float) -> Record:
    """Return the record of a checked request. Raises ApiError when it is invalid."""
    record: Record = _DEFAULTS | call.request
    group, name = record["GroupName"], record["Name"]
    find_group(backend, call.region, group)
    expression = parse_expression(
        record["ScheduleExpression"], record["ScheduleExpressionTimezone"]
    )
    check_schedule_target(record["Target"])
    _check_window(record["FlexibleTimeWindow"])
    _check_dates(record, recurring=expression.at is None)
    policy = _RETRIES | record["Target"].get("RetryPolicy", {})
    record |= {
        "Target": record["Target"] | {"RetryPolicy": policy},
        "Arn": make_scheduler_arn(call.region, f"schedule/{group}/{name}"),
        "CreationDate": created,
        "LastModificationDate": now(),
        "ClientToken": record.get("ClientToken", ""),
    }
    record[NEXT] = find_first(record, now())
    return record


def _check_window(window: dict[str, Any]) -> None:
    """Check a flexible time window; targets are invoked at its begin."""
    if (window["Mode"] == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        raise invalid("MaximumWindowInMinutes belongs to the mode FLEXIBLE, and only to it.")


def _check_dates(record: Record, *, recurring: bool) -> None:
    """Check start and end. A client has the machine's clock, not the service's."""
    machine = now() - SERVICE_CLOCK.offset
    start, end = record.get("StartDate"), record.get("EndDate")
    if recurring and start is not None and start < machine - _START_SECONDS:
        raise invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if recurring and end is not None and (end < machine or (start is not None and end <= start)):
        raise invalid("The EndDate you specify must be in the future and after the StartDate.")


def _get(backend: Backend, call: ApiCall) -> Output:
    group = call.request.get("GroupName", DEFAULT_GROUP)
    record = find_schedule(backend, call.region, group, call.request["Name"])
    return select_fields(record, call.output_shape)


def _delete(backend: Backend, call: ApiCall) -> Output:
    group, name = call.request.get("GroupName", DEFAULT_GROUP), call.request["Name"]
    find_schedule(backend, call.region, group, name)
    backend.records.remove(SCHEDULE, call.region, name_record(group, name))
    return {}


def _list(backend: Backend, call: ApiCall) -> Output:
    wanted = call.request
    group = wanted.get("GroupName")
    if group is not None:
        find_group(backend, call.region, group)
    found = [
        select_fields(record, call.entry_shape) | {"Target": {"Arn": record["Target"]["Arn"]}}
        for _, record in backend.records.list_all(SCHEDULE, call.region)
        if group in {None, record["GroupName"]}
        and wanted.get("State") in {None, record["State"]}
        and record["Name"].startswith(wanted.get("NamePrefix", ""))
    ]
    return cut_page("Schedules", found, call)


def cut_page(field: str, entries: list[Any], call: ApiCall) -> Output:
    """Return one page of a list; the token is the place where the next one begins."""
    token = call.request.get("NextToken", "0")
    if not token.isdecimal():
        raise invalid(f"Invalid NextToken {token}.")
    end = int(token) + call.request.get("MaxResults", 100)
    more = {"NextToken": str(end)} if end < len(entries) else {}
    return {field: entries[int(token) : end]} | more


OPERATIONS: Operations = {
    "CreateSchedule": _create,
    "UpdateSchedule": _update,
    "GetSchedule": _get,
    "DeleteSchedule": _delete,
    "ListSchedules": _list,
}

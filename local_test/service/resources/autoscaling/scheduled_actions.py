"""PutScheduledAction, DescribeScheduledActions, DeleteScheduledAction, and what is due.

Source: Application Auto Scaling User Guide, 'Scheduled scaling'.
"""

from collections.abc import Iterator
from functools import partial

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.activities import start_activity
from local_test.service.resources.autoscaling.capacity_bounds import enforce_bounds
from local_test.service.resources.autoscaling.lists import list_records
from local_test.service.resources.autoscaling.resource import (
    SCALABLE_TARGET,
    SCHEDULED_ACTION,
    check_dimension,
    find_target,
    make_action_arn,
    name_part,
    not_found,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.schedules.expression import parse_expression
from local_test.service.schedules.timetable import Firing
from local_test.service.storage.records import Record

_FIELDS = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")
_NEXT = "Next"


def _put(backend: Backend, call: ApiCall) -> Output:
    """Create an action, or change the fields that are given."""
    check_dimension(call)
    request, resource = call.request, call.request["ResourceId"]
    find_target(backend, call.region, resource, request["ScalableDimension"])
    name = name_part(resource, request["ScheduledActionName"])
    with backend.records.lock():
        known = _find(backend, call.region, name)
        record = known or {
            "ScheduledActionName": request["ScheduledActionName"],
            "ScheduledActionARN": make_action_arn(
                call.region, resource, request["ScheduledActionName"]
            ),
            "ServiceNamespace": request["ServiceNamespace"],
            "ResourceId": resource,
            "ScalableDimension": request["ScalableDimension"],
            "CreationTime": now(),
        }
        record |= {field: request[field] for field in _FIELDS if field in request}
        _check(record)
        record[_NEXT] = _find_first(record)
        if known:
            backend.records.update(SCHEDULED_ACTION, call.region, name, **record)
        else:
            backend.records.add(SCHEDULED_ACTION, call.region, name, record)
    return {}


def _check(record: Record) -> None:
    if "Schedule" not in record:
        raise invalid(f"Schedule missing: scheduled action {record['ScheduledActionName']}.")
    action = record.get("ScalableTargetAction", {})
    if not action:
        raise invalid("ScalableTargetAction missing. Give MinCapacity, MaxCapacity or both.")
    if action.get("MinCapacity", 0) > action.get("MaxCapacity", float("inf")):
        raise invalid("Maximum capacity cannot be less than minimum capacity.")
    parse_expression(record["Schedule"], record.get("Timezone", "UTC"))


def _find_first(record: Record) -> float | None:
    """Return the first time of a new or changed action, in seconds since 1970.

    A rate counts from the start time, or from now.
    """
    expression = parse_expression(record["Schedule"], record.get("Timezone", "UTC"))
    start = max(now(), record.get("StartTime", 0.0))
    if expression.at is not None:
        return expression.at if expression.at >= now() else None
    return _cut(record, expression.find_next(start - 1 if expression.cron else start, start))


def _cut(record: Record, moment: float | None) -> float | None:
    end = record.get("EndTime", float("inf"))
    return None if moment is None or moment > end else moment


def list_firings(backend: Backend) -> Iterator[Firing]:
    """Return the next time of each scheduled action."""
    for region, record in backend.records.list_all(SCHEDULED_ACTION):
        if record.get(_NEXT) is not None:
            fire = partial(_fire, backend, region, record)
            yield Firing(record["ScheduledActionARN"], record[_NEXT], fire)


def _fire(backend: Backend, region: str, record: Record, late: bool) -> bool:
    """Change the bounds of the target unless it is late, and set the next time."""
    due = record[_NEXT]
    expression = parse_expression(record["Schedule"], record.get("Timezone", "UTC"))
    following = None
    if expression.at is None:
        following = _cut(record, expression.find_next(now() if late else due, due))
    name = name_part(record["ResourceId"], record["ScheduledActionName"])
    with backend.records.lock():
        if _find(backend, region, name) != record:
            return False  # changed meanwhile
        backend.records.update(SCHEDULED_ACTION, region, name, **{_NEXT: following})
        target = find_target(backend, region, record["ResourceId"])
        if late or target["SuspendedState"]["ScheduledScalingSuspended"]:
            return False
        target |= _merge_bounds(target, record["ScalableTargetAction"])
        backend.records.update(SCALABLE_TARGET, region, record["ResourceId"], **target)
    bounds = f"min capacity to {target['MinCapacity']} and max capacity to {target['MaxCapacity']}"
    start_activity(
        *(backend, region, record["ResourceId"]),
        f"scheduled action name {record['ScheduledActionName']} was triggered",
        f"Setting {bounds}",
        StatusCode="Successful",
        StatusMessage=f"Successfully set {bounds}",
        EndTime=now(),
    )
    enforce_bounds(backend, region, target)
    backend.alarm_rounds.wake(region)
    return True


def _merge_bounds(target: Record, action: Record) -> Record:
    """Return new bounds; one that is not given follows the other where it must."""
    bounds = {**target, **action}
    least, most = int(bounds["MinCapacity"]), int(bounds["MaxCapacity"])
    if "MinCapacity" in action:
        most = max(least, most)
    return {"MinCapacity": min(least, most), "MaxCapacity": most}


def _describe(backend: Backend, call: ApiCall) -> Output:
    names = ("ScheduledActionName", "ScheduledActionNames")
    return list_records(backend, call, SCHEDULED_ACTION, *names)


def _delete(backend: Backend, call: ApiCall) -> Output:
    check_dimension(call)
    resource, action = call.request["ResourceId"], call.request["ScheduledActionName"]
    if _find(backend, call.region, name_part(resource, action)) is None:
        raise not_found(f"No scheduled action found for {resource}: {action}.")
    backend.records.remove(SCHEDULED_ACTION, call.region, name_part(resource, action))
    return {}


def _find(backend: Backend, region: str, name: str) -> Record | None:
    try:
        return backend.records.get(SCHEDULED_ACTION, region, name)
    except ApiError:
        return None


OPERATIONS: Operations = {
    "PutScheduledAction": _put,
    "DescribeScheduledActions": _describe,
    "DeleteScheduledAction": _delete,
}

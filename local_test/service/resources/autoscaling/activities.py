"""Scaling activities: what Application Auto Scaling did, why, and what came of it.

Source: Application Auto Scaling User Guide, 'Scaling activities': descriptions, causes, reasons.
"""

import time
import uuid
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.lists import cut_page
from local_test.service.resources.autoscaling.resource import (
    NAMESPACE,
    SCALING_ACTIVITY,
    check_namespace,
)
from local_test.service.resources.autoscaling.scalable import parse_resource, read_state
from local_test.service.resources.generic_operations import Output
from local_test.service.storage.records import Record

_PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.1
_ORDER = "Order"
_ATTEMPT = "Attempting to scale due to alarm triggered"


def start_activity(
    backend: Backend, region: str, resource: str, cause: str, description: str, **more: Any
) -> str:
    """Record an activity that is in progress, or as `more` says; return its id."""
    activity = str(uuid.uuid4())
    record = {
        "ActivityId": activity,
        "ServiceNamespace": NAMESPACE,
        "ScalableDimension": parse_resource(resource).dimension,
        "ResourceId": resource,
        "Description": description,
        "Cause": cause,
        "StartTime": now(),
        _ORDER: time.time_ns(),
        "StatusCode": "InProgress",
    }
    backend.records.add(SCALING_ACTIVITY, region, activity, record | more)
    return activity


def note_not_scaled(
    backend: Backend, region: str, resource: str, cause: str, reason: Record
) -> None:
    """Record that an alarm did not scale a target, once as long as the reason is the same."""
    latest = _list_newest(backend, region, resource)[:1]
    if not latest or latest[0].get("NotScaledReasons") != [reason]:
        start_activity(
            *(backend, region, resource, cause, _ATTEMPT),
            StatusCode="Failed",
            StatusMessage="The scaling activity was not started",
            EndTime=now(),
            NotScaledReasons=[reason],
        )


def settle_activities(backend: Backend, region: str, resource: str | None = None) -> None:
    """End the activities whose endpoint has been changed."""
    for record in _list_newest(backend, region, resource):
        if record["StatusCode"] == "InProgress" and "Desired" in record:
            changes = _describe_end(backend, region, record)
            backend.records.update(SCALING_ACTIVITY, region, record["ActivityId"], **changes)


def wait_for_scaling(backend: Backend) -> None:
    """Wait, up to 30 s, until endpoints that are scaled have their instances.

    So a clock that is advanced by an hour finds the instances of one minute in the next.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    regions = {region for region, _ in backend.records.list_all(SCALING_ACTIVITY)}
    for region in regions:
        settle_activities(backend, region)
        while _is_scaling(backend, region) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            settle_activities(backend, region)


def _is_scaling(backend: Backend, region: str) -> bool:
    return any(one["StatusCode"] == "InProgress" for one in _list_newest(backend, region, None))


def describe_activities(backend: Backend, call: ApiCall) -> Output:
    """Answer DescribeScalingActivities: the newest first."""
    check_namespace(call)
    resource = call.request.get("ResourceId")
    settle_activities(backend, call.region, resource)
    every = call.request.get("IncludeNotScaledActivities", False)
    found = [
        record
        for record in _list_newest(backend, call.region, resource)
        if every or "NotScaledReasons" not in record
    ]
    return cut_page(call, SCALING_ACTIVITY, found)


def _describe_end(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    unit = parse_resource(record["ResourceId"]).unit
    try:
        state = read_state(backend, region, record["ResourceId"])
    except ApiError as error:  # deleted meanwhile
        message = f"Failed to set desired {unit} to {record['Desired']}. {error.message}"
        return {"StatusCode": "Failed", "StatusMessage": message, "EndTime": now()}
    if state.is_busy:
        return {}
    ended = {"EndTime": state.modified}
    current, message = state.current, f"{unit} to {record['Desired']}"
    if state.failure and current != record["Desired"]:
        message = f"Failed to set desired {message}. Reason: {state.failure}"
        return ended | {"StatusCode": "Failed", "StatusMessage": message}
    message = f"Successfully set desired {message}."
    if current < record["Desired"]:
        message += f" {current} run here: {backend.max_instances} is --max-instances."
        return ended | {"StatusCode": "Unfulfilled", "StatusMessage": message}
    message += f" Change successfully fulfilled by {NAMESPACE}."
    return ended | {"StatusCode": "Successful", "StatusMessage": message}


def _list_newest(backend: Backend, region: str, resource: str | None) -> list[Record]:
    records = [
        record
        for _, record in backend.records.list_all(SCALING_ACTIVITY, region)
        if resource in {None, record["ResourceId"]}
    ]
    # Activities of one firing have one time of the service's clock, which stands still meanwhile.
    return sorted(
        records, key=lambda one: (float(one["StartTime"]), one.get(_ORDER, 0)), reverse=True
    )

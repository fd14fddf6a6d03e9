"""Change the desired instance count of a target, within its minimum and maximum."""

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.activities import (
    settle_activities,
    start_activity,
)
from local_test.service.resources.autoscaling.resource import SCALING_ACTIVITY
from local_test.service.resources.autoscaling.scalable import (
    parse_resource,
    read_state,
    set_desired,
)
from local_test.service.storage.records import Record


def set_capacity(backend: Backend, region: str, resource: str, desired: int, cause: str) -> bool:
    """Set the desired number of instances or copies, and record the activity.

    Return False when the endpoint or component is being changed, or cannot be.
    """
    unit = parse_resource(resource).unit
    settle_activities(backend, region, resource)
    description = f"Setting desired {unit} to {desired}."
    activity = start_activity(backend, region, resource, cause, description, Desired=desired)
    try:
        set_desired(backend, region, resource, desired)
    except ApiError as error:
        message = f"Failed to set desired {unit} to {desired}. Reason: {error.message}"
        changes = {"StatusCode": "Failed", "StatusMessage": message, "EndTime": now()}
        backend.records.update(SCALING_ACTIVITY, region, activity, **changes)
        return False
    return True


def enforce_bounds(backend: Backend, region: str, target: Record) -> None:
    """Scale what has fewer instances or copies than the minimum, or more than the maximum."""
    current = read_state(backend, region, target["ResourceId"]).desired
    least, most = int(target["MinCapacity"]), int(target["MaxCapacity"])
    if current < least:
        cause = f"minimum capacity was set to {least}"
        set_capacity(backend, region, target["ResourceId"], least, cause)
    elif current > most:
        cause = f"maximum capacity was set to {most}"
        set_capacity(backend, region, target["ResourceId"], most, cause)

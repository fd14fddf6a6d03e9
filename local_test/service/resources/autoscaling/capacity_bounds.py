"""Change the desired instance count of a target, within its minimum and maximum."""

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.activities import (
    settle_activities,
    start_activity,
)
from local_test.service.resources.autoscaling.resource import (
    SCALING_ACTIVITY,
    find_variant,
    parse_variant,
)
from local_test.service.resources.endpoints.capacity import change_capacity
from local_test.service.storage.records import Record


def set_capacity(backend: Backend, region: str, resource: str, desired: int, cause: str) -> bool:
    """Set the desired instance count of a variant, and record the activity.

    Return False when the endpoint is being changed, or cannot be.
    """
    endpoint, variant = parse_variant(resource)
    settle_activities(backend, region, resource)
    description = f"Setting desired instance count to {desired}."
    activity = start_activity(backend, region, resource, cause, description, Desired=desired)
    try:
        change_capacity(backend, region, endpoint, {variant: {"DesiredInstanceCount": desired}})
    except ApiError as error:
        message = f"Failed to set desired instance count to {desired}. Reason: {error.message}"
        changes = {"StatusCode": "Failed", "StatusMessage": message, "EndTime": now()}
        backend.records.update(SCALING_ACTIVITY, region, activity, **changes)
        return False
    return True


def enforce_bounds(backend: Backend, region: str, target: Record) -> None:
    """Scale a variant that has fewer instances than the minimum, or more than the maximum."""
    _, variant = find_variant(backend, region, target["ResourceId"])
    current = int(variant["DesiredInstanceCount"])
    least, most = int(target["MinCapacity"]), int(target["MaxCapacity"])
    if current < least:
        cause = f"minimum capacity was set to {least}"
        set_capacity(backend, region, target["ResourceId"], least, cause)
    elif current > most:
        cause = f"maximum capacity was set to {most}"
        set_capacity(backend, region, target["ResourceId"], most, cause)

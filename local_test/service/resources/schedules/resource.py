"""The resource types of schedules and of their groups, and the errors of the Scheduler's API."""

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT, ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

SCHEDULE = ResourceType("Schedule", "schedule", "Schedules", "schedule", tagged=False)
SCHEDULE_GROUP = ResourceType(
    "ScheduleGroup", "schedule-group", "ScheduleGroups", "schedule group", tagged=False
)
DEFAULT_GROUP = "default"


def name_record(group: str, name: str) -> str:
    """Return the name of a schedule's record; two groups may have schedules of one name."""
    return f"{group}/{name}"


def make_scheduler_arn(region: str, resource: str) -> str:
    """Return the ARN of a schedule (`schedule/GROUP/NAME`) or of a group."""
    return f"arn:aws:scheduler:{region}:{ACCOUNT}:{resource}"


def find_group(backend: Backend, region: str, name: str) -> Record:
    """Return a group; `default` is always there. Raises ApiError when there is none."""
    if name == DEFAULT_GROUP:
        arn = make_scheduler_arn(region, f"schedule-group/{name}")
        return {"Name": name, "Arn": arn, "State": "ACTIVE"}
    try:
        return backend.records.get(SCHEDULE_GROUP, region, name)
    except ApiError as error:
        raise not_found(f"Schedule group {name} does not exist.") from error


def find_schedule(backend: Backend, region: str, group: str, name: str) -> Record:
    """Return a schedule. Raises ApiError when there is none, or no such group."""
    find_group(backend, region, group)
    try:
        return backend.records.get(SCHEDULE, region, name_record(group, name))
    except ApiError as error:
        raise not_found(f"Schedule {name} does not exist.") from error


def not_found(message: str) -> ApiError:
    """Return the error for a name without a resource."""
    return ApiError("ResourceNotFoundException", message, 404)


def conflict(message: str) -> ApiError:
    """Return the error for a name that is taken."""
    return ApiError("ConflictException", message, 409)

"""The resource type of stacks, and the changes of a stack's record."""

from typing import Any
from uuid import uuid4

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT, ResourceType, now
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

_MOST_EVENTS = 1000


def _describe_failure(record: Record, reason: str, time: float) -> dict[str, Any]:
    """Return the changes of a stack whose deployment has ended on a mistake or with the service."""
    status = str(record["StackStatus"])
    if status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
        status = "UPDATE_COMPLETE_IN_PROGRESS"
    failed = status.replace("_COMPLETE_IN_PROGRESS", "_IN_PROGRESS").replace(
        "_IN_PROGRESS", "_FAILED"
    )
    return {"StackStatus": failed, "StackStatusReason": reason, "LastUpdatedTime": time}


STACK = ResourceType(
    "Stack",
    "stack",
    "Stacks",
    "stack",
    tagged=False,
    on_failure=_describe_failure,
    find_key=lambda record: str(record["Key"]),
)
"""A record is kept by its name, or by its ARN when it is deleted."""


def make_stack_id(region: str, name: str) -> str:
    """Return a new ARN of a stack."""
    return f"arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{name}/{uuid4()}"


def find_stack(backend: Backend, region: str, reference: str) -> Record:
    """Return a stack by its name or ARN. Raises ApiError when there is none.

    A deleted stack is found by its ARN alone.
    """
    for key in dict.fromkeys([reference, reference.split("/")[1] if "/" in reference else ""]):
        try:
            record = backend.records.get(STACK, region, key)
        except ApiError:
            continue
        if reference in {record["StackName"], record["StackId"]}:
            return record
    raise refuse(f"Stack with id {reference} does not exist")


def refuse(message: str) -> ApiError:
    """Return the error of CloudFormation for a request that cannot be done."""
    return ApiError("ValidationError", message)


def add_event(
    record: Record, logical: str, physical: str, kind: str, status: str, reason: str | None
) -> list[Record]:
    """Return the events of a stack with a new one, the newest last."""
    event = {
        "StackId": record["StackId"],
        "EventId": str(uuid4()),
        "StackName": record["StackName"],
        "LogicalResourceId": logical,
        "PhysicalResourceId": physical,
        "ResourceType": kind,
        "Timestamp": now(),
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }
    return [*record.get("Events", []), event][-_MOST_EVENTS:]

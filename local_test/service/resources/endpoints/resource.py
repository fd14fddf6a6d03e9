"""The resource types of endpoints and of requests to asynchronous ones."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.records import Record, Records

ENDPOINT = ResourceType("Endpoint", "endpoint", "Endpoints", "endpoint", shown=True)
ASYNC_INVOCATION = ResourceType(
    "AsyncInvocation",
    "async-invocation",
    "",
    "asynchronous invocation",
    is_job=True,
    tagged=False,
)
"""One request to an asynchronous endpoint; the API has no name for it and no list."""

INFERENCE_COMPONENT = ResourceType(
    "InferenceComponent",
    "inference-component",
    "InferenceComponents",
    "inference component",
    shown=True,
)
"""A model with copies of its own on the instances of a variant that has none."""

_BUSY = {"Creating", "Updating", "Deleting", "RollingBack"}


def is_busy(record: Record) -> bool:
    """Return True while an endpoint is being changed."""
    return record[ENDPOINT.status_field] in _BUSY


def check_idle(record: Record) -> None:
    """Raise ApiError when an endpoint is being changed."""
    if is_busy(record):
        raise invalid(f'Cannot update in-progress endpoint "{record[ENDPOINT.arn_field]}".')


def check_updatable(record: Record) -> None:
    """Raise ApiError when an endpoint is being changed, or has failed.

    Source: API, DescribeEndpoint: a failed endpoint can only be deleted.
    """
    check_idle(record)
    if record[ENDPOINT.status_field] == "Failed":
        name = record[ENDPOINT.name_field]
        raise invalid(f"Endpoint {name} has failed and can only be deleted. Create it again.")


def list_components(records: Records, region: str, endpoint: str) -> list[Record]:
    """Return the inference components of an endpoint."""
    return [
        record
        for _, record in records.list_all(INFERENCE_COMPONENT, region)
        if record["EndpointName"] == endpoint
    ]

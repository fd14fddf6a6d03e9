"""The resource types of endpoints and of requests to asynchronous ones."""

from local_test.service.api.resource_type import ResourceType

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

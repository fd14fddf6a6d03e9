"""The resource types of endpoints and of requests to asynchronous ones."""

from local_test.service.api.resource_type import Resource

ENDPOINT = Resource("Endpoint", "endpoint", "Endpoints", "endpoint")
ASYNC_CALL = Resource(
    "AsyncInvocation",
    "async-invocation",
    "",
    "asynchronous invocation",
    job=True,
    tagged=False,
)
"""One request to an asynchronous endpoint; the API has no name for it and no list."""

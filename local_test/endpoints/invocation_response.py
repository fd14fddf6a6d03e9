"""The response of an endpoint: that of the last container, or a ModelError.

Source: API, InvokeEndpoint: `ModelError` is HTTP 424 with the container's own status and message.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from local_test.errors import LocalError
from local_test.platform.limits import MAX_ORIGINAL_MESSAGE

JSON = "application/json"


@dataclass(frozen=True)
class EndpointResponse:
    """A response; `error` is the sentence of a failure, else "".

    `original_status` is the failed container's status, 0 without a response.
    """

    status: int
    body: bytes
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    original_status: int | None = None

    @property
    def ok(self) -> bool:
        """Return whether all containers succeeded."""
        return not self.error


class StreamError(LocalError):
    """A streamed response broke off; `code` is the one of the API's ModelStreamError."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class EndpointStream:
    """A response whose body comes in parts; each is yielded as soon as it is there.

    Reading `parts` raises StreamError when the response breaks off. `close` ends the connection,
    if the response is not complete.
    """

    parts: Iterator[bytes]
    close: Callable[[], None]
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def make_model_error(name: str, status: int, message: bytes) -> EndpointResponse:
    """Return the ModelError (424) for a container's `status`, 0 without a response."""
    original = message.decode("utf-8", errors="replace")[:MAX_ORIGINAL_MESSAGE]
    kind = "client" if 400 <= status < 500 else "server"
    error = f'Received {kind} error ({status}) from {name} with message "{original}"'
    shape = {
        "Message": error,
        "OriginalStatusCode": status,
        "OriginalMessage": original,
        "LogStreamArn": "",
    }
    return EndpointResponse(
        424,
        json.dumps(shape).encode(),
        JSON,
        {"x-amzn-ErrorType": "ModelError"},
        error,
        status,
    )


def make_error_response(status: int, kind: str, message: str) -> EndpointResponse:
    """Return the error response to a request that reached no container."""
    body = json.dumps({"Message": message}).encode()
    return EndpointResponse(status, body, JSON, {"x-amzn-ErrorType": kind}, message)

"""The JSON protocol of the SageMaker API: requests to Python values, results to responses."""

import json
import re
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]
from werkzeug.wrappers import Request, Response

from local_test.service.api.api_errors import ApiError

TARGET_PREFIX = "SageMaker."
DEFAULT_REGION = "us-east-1"
SIGNATURE = re.compile(r"Credential=[^/]+/[0-9]+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_TYPE = "application/x-amz-json-1.1"
_GZIP = 16 + zlib.MAX_WBITS
_LARGEST_BYTES = 64 << 20
JSON_TYPES = ("application/x-amz-json-1.0", _TYPE)


class ForwardToMoto(Exception):
    """Raised by an operation when the resource is not ours: the request is forwarded to moto."""


@dataclass(frozen=True)
class ApiCall:
    """One API request: operation, validated parameters, and the region it was signed for.

    `output_shape` is botocore's shape of the response, None for an empty one.
    """

    operation: str
    request: dict[str, Any]
    region: str
    output_shape: Shape | None

    @property
    def entry_shape(self) -> Shape | None:
        """The shape of one entry of the list in the response."""
        shapes = [] if self.output_shape is None else self.output_shape.members.values()
        return next((shape.member for shape in shapes if shape.type_name == "list"), None)


def read_operation(request: Request) -> str | None:
    """Return the name of the SageMaker operation that a request calls, None if it calls none."""
    target = request.headers.get("X-Amz-Target", "")
    return target.removeprefix(TARGET_PREFIX) if target.startswith(TARGET_PREFIX) else None


def read_credential_scope(request: Request) -> tuple[str, str]:
    """Return the region and the service that a request was signed for.

    Without a signature these are the default region and "". The signature is not verified.
    """
    match = SIGNATURE.search(request.headers.get("Authorization", ""))
    return (match[1], match[2]) if match else (DEFAULT_REGION, "")


def read_body(request: Request) -> Any:
    """Parse the body of a request as JSON, decompressed if it is gzip.

    Raises ApiError when the body is not JSON, not gzip or too large.
    """
    content = request.get_data()
    if request.headers.get("Content-Encoding", "").strip().lower() == "gzip":
        content = _decompress(content)
    try:
        return json.loads(content or b"{}")
    except RecursionError as error:
        raise nesting_error() from error
    except ValueError as error:
        raise ApiError("SerializationException", f"The request is not JSON: {error}") from error


def _decompress(content: bytes) -> bytes:
    """Decompress a body to a bounded size; boto3 compresses bodies of 10 KiB and more."""
    stream = zlib.decompressobj(wbits=_GZIP)
    try:
        plain = stream.decompress(content, _LARGEST_BYTES)
    except zlib.error as error:
        raise ApiError("SerializationException", f"The request is not gzip: {error}") from error
    if stream.unconsumed_tail:
        message = f"request body too large: more than {_LARGEST_BYTES:,} bytes when decompressed."
        raise ApiError("RequestEntityTooLargeException", message, 413)
    if not stream.eof:
        raise ApiError("SerializationException", "The request is not gzip: it is cut off.")
    return plain


def nesting_error() -> ApiError:
    """Return the error for JSON that is nested too deeply to be parsed."""
    return ApiError(
        "SerializationException", "JSON nested too deeply: request body. Send flat JSON."
    )


def make_response(result: dict[str, Any]) -> Response:
    """Return the response of a successful API request."""
    return _build_response(200, result)


def make_error_response(error: ApiError) -> Response:
    """Return the response of a rejected API request."""
    content = {"__type": error.code, "message": error.message} | error.more
    return _build_response(error.status, content)


def _build_response(status: int, content: dict[str, Any]) -> Response:
    response = Response(json.dumps(content), status, content_type=_TYPE)
    response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
    return response

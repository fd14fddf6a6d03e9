"""A call of the SageMaker API on its way through the service, and the way back."""

import json
import re
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]
from werkzeug.wrappers import Request, Response

from local_test.service.api.api_errors import Fault

TARGET = "SageMaker."
DEFAULT_REGION = "us-east-1"
SIGNATURE = re.compile(r"Credential=[^/]+/[0-9]+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_TYPE = "application/x-amz-json-1.1"
_GZIP = 16 + zlib.MAX_WBITS
_LARGEST_BYTES = 64 << 20
JSON_TYPES = ("application/x-amz-json-1.0", _TYPE)


class Elsewhere(Exception):
    """What a call is about is not kept here: moto answers."""


@dataclass(frozen=True)
class Call:
    """One call: its operation, its checked request, the region it was signed for."""

    operation: str
    request: dict[str, Any]
    region: str
    output: Shape | None

    @property
    def listed(self) -> Shape | None:
        """The shape of one entry of the list in the answer."""
        shapes = [] if self.output is None else self.output.members.values()
        return next((shape.member for shape in shapes if shape.type_name == "list"), None)


def operation(request: Request) -> str | None:
    """Return the name of the SageMaker operation that a request calls, None where it calls none."""
    target = request.headers.get("X-Amz-Target", "")
    return target.removeprefix(TARGET) if target.startswith(TARGET) else None


def signed_for(request: Request) -> tuple[str, str]:
    """Return the region and the service a request was signed for; nothing is proved by it here."""
    found = SIGNATURE.search(request.headers.get("Authorization", ""))
    return (found[1], found[2]) if found else (DEFAULT_REGION, "")


def body(request: Request) -> Any:
    """Read the request, compressed by gzip or not; what is not JSON is a Fault."""
    content = request.get_data()
    if request.headers.get("Content-Encoding", "").strip().lower() == "gzip":
        content = _unzipped(content)
    try:
        return json.loads(content or b"{}")
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:
        raise Fault("SerializationException", f"The request is not JSON: {error}") from error


def _unzipped(content: bytes) -> bytes:
    """Decompress a body, which boto3 compresses from 10 KiB on, to a bounded size."""
    stream = zlib.decompressobj(wbits=_GZIP)
    try:
        plain = stream.decompress(content, _LARGEST_BYTES)
    except zlib.error as error:
        raise Fault("SerializationException", f"The request is not gzip: {error}") from error
    if stream.unconsumed_tail:
        message = f"request body too large: more than {_LARGEST_BYTES:,} bytes when decompressed."
        raise Fault("RequestEntityTooLargeException", message, 413)
    if not stream.eof:
        raise Fault("SerializationException", "The request is not gzip: it is cut off.")
    return plain


def too_deep() -> Fault:
    """Refuse JSON that is nested too deeply to be read."""
    return Fault("SerializationException", "JSON nested too deeply: request body. Send flat JSON.")


def answered(result: dict[str, Any]) -> Response:
    """Return the answer of a call that went well."""
    return _response(200, result)


def refused(fault: Fault) -> Response:
    """Return the answer of a call that was refused."""
    told = {"__type": fault.code, "message": fault.message} | fault.more
    return _response(fault.status, told)


def _response(status: int, content: dict[str, Any]) -> Response:
    made = Response(json.dumps(content), status, content_type=_TYPE)
    made.headers["x-amzn-RequestId"] = str(uuid.uuid4())
    return made

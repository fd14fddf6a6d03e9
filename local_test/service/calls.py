"""A call of the SageMaker API on its way through the service, and the way back."""

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]
from werkzeug.wrappers import Request, Response

from local_test.service.faults import Fault

TARGET = "SageMaker."
DEFAULT_REGION = "us-east-1"
SIGNATURE = re.compile(r"Credential=[^/]+/[0-9]+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_TYPE = "application/x-amz-json-1.1"
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
    """Give the name of the SageMaker operation a request asks for, None where it asks for none."""
    target = request.headers.get("X-Amz-Target", "")
    return target.removeprefix(TARGET) if target.startswith(TARGET) else None


def signed_for(request: Request) -> tuple[str, str]:
    """Give the region and the service a request was signed for; nothing is proved by it here."""
    found = SIGNATURE.search(request.headers.get("Authorization", ""))
    return (found[1], found[2]) if found else (DEFAULT_REGION, "")


def body(request: Request) -> Any:
    """Read the request; what is not JSON is a Fault."""
    try:
        return json.loads(request.get_data() or b"{}")
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:
        raise Fault("SerializationException", f"The request is not JSON: {error}") from error


def too_deep() -> Fault:
    """Refuse JSON that is nested too deeply to be read."""
    return Fault("SerializationException", "JSON nested too deeply: request body. Send flat JSON.")


def answered(result: dict[str, Any]) -> Response:
    """Give the answer of a call that went well."""
    return _response(200, result)


def refused(fault: Fault) -> Response:
    """Give the answer of a call that was refused."""
    told = {"__type": fault.code, "message": fault.message} | fault.more
    return _response(fault.status, told)


def _response(status: int, content: dict[str, Any]) -> Response:
    made = Response(json.dumps(content), status, content_type=_TYPE)
    made.headers["x-amzn-RequestId"] = str(uuid.uuid4())
    return made

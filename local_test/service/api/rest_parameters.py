"""What a runtime request says in its headers, read and checked as the API's model describes it."""

from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from local_test.service.api.api_errors import Fault
from local_test.service.api.service_model import Api


def read(api: Api, operation: str, endpoint: str, request: Request) -> dict[str, Any]:
    """Return the parameters of a request by their names; one that does not fit is a Fault.

    The body is not among them: it has a limit of its own.
    """
    given: dict[str, Any] = {"EndpointName": endpoint}
    shape = api.operation(operation).input_shape
    for name, member in shape.members.items():
        told = member.serialization
        if told.get("location") == "header" and told["name"] in request.headers:
            given[name] = _typed(name, request.headers[told["name"]], member)
    body = {"Body": b""} if "Body" in shape.required_members else {}
    try:
        api.check(operation, given | body)
    except Fault as fault:
        raise Fault("ValidationError", fault.message) from fault
    return given


def _typed(name: str, text: str, shape: Shape) -> str | int:
    if shape.type_name != "integer":
        return text
    try:
        return int(text)
    except ValueError as error:
        raise Fault("ValidationError", f"{name} is no whole number: {text!r}.") from error

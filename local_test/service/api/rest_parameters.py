"""Parameters of REST operations, which are in the headers, after the API's model."""

from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from local_test.service.api.api_errors import ApiError
from local_test.service.api.service_model import ServiceModel


def read_parameters(
    api: ServiceModel, operation: str, endpoint: str, request: Request
) -> dict[str, Any]:
    """Return the parameters of a request by their names, without the body, which has its own limit.

    Raises ApiError when a parameter is invalid.
    """
    parameters: dict[str, Any] = {"EndpointName": endpoint}
    shape = api.get_operation(operation).input_shape
    for name, member in shape.members.items():
        location = member.serialization
        if location.get("location") == "header" and location["name"] in request.headers:
            parameters[name] = _convert(name, request.headers[location["name"]], member)
    body = {"Body": b""} if "Body" in shape.required_members else {}
    try:
        api.validate(operation, parameters | body)
    except ApiError as error:
        raise ApiError("ValidationError", error.message) from error
    return parameters


def _convert(name: str, text: str, shape: Shape) -> str | int:
    if shape.type_name != "integer":
        return text
    try:
        return int(text)
    except ValueError as error:
        raise ApiError("ValidationError", f"{name} is no whole number: {text!r}.") from error

"""Operations of services with the protocol restJson1: paths, queries and bodies to parameters.

Source: Smithy, 'AWS restJson1 protocol'.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import botocore.session  # type: ignore[import-untyped]
from botocore.model import Shape  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import ServiceModel

_LABEL = re.compile(r"\{(\w+)\+?\}")
_MAY_BE_ARNS = {"ResourceArn", "Resource", "FeatureGroupName"}
_CONVERT: Mapping[str, Callable[[str], Any]] = {
    "integer": int,
    "long": int,
    "boolean": lambda text: text == "true",
}


@dataclass(frozen=True)
class RestApi:
    """The operations of a service, found by method and path."""

    service: str

    @cached_property
    def model(self) -> ServiceModel:
        """Botocore's model of the service."""
        return ServiceModel(self.service)

    def read_call(self, request: Request) -> ApiCall:
        """Return the operation that a request calls, with its checked parameters.

        Raises ApiError when there is no such operation or the parameters are invalid.
        """
        path = request.path
        for method, pattern, name in self._routes:
            if method == request.method and (match := pattern.fullmatch(path)):
                content = self._read_parameters(name, match.groupdict(), request)
                self.model.validate(name, content)
                region, _ = json_protocol.read_credential_scope(request)
                output = self.model.get_operation(name).output_shape
                return ApiCall(name, content, region, output)
        raise ApiError("UnknownOperationException", f"no operation: {request.method} {path}", 404)

    @cached_property
    def _routes(self) -> list[tuple[str, re.Pattern[str], str]]:
        return list(self._list_routes())

    def _list_routes(self) -> Iterator[tuple[str, re.Pattern[str], str]]:
        model = botocore.session.get_session().get_service_model(self.service)
        for name in model.operation_names:
            http = model.operation_model(name).http
            path = http["requestUri"].partition("?")[0]
            parts = _LABEL.split(path)
            pattern = "".join(
                _match_label(part) if index % 2 else re.escape(part)
                for index, part in enumerate(parts)
            )
            yield http["method"], re.compile(f"{pattern}/?"), name

    def _read_parameters(
        self, name: str, labels: Mapping[str, str], request: Request
    ) -> dict[str, Any]:
        shape = self.model.get_operation(name).input_shape
        if shape is None:
            return {}
        payload = shape.serialization.get("payload")
        body = {payload: request.get_data()} if payload else _read_object(request)
        found = {key: value for key, value in body.items() if value is not None}
        for member, inner in shape.members.items():
            location = inner.serialization.get("location")
            where = inner.serialization.get("name", member)
            if location == "uri":
                found[member] = labels[where]
            elif location == "querystring" and where in request.args:
                texts = request.args.getlist(where)
                found[member] = texts if inner.type_name == "list" else _convert(inner, texts[0])
            elif location == "header" and where in request.headers:
                found[member] = _convert(inner, request.headers[where])
        return found


def _match_label(name: str) -> str:
    """Return the pattern of a part of a path; only ARNs have slashes in it."""
    return f"(?P<{name}>.+)" if name in _MAY_BE_ARNS else f"(?P<{name}>[^/]+)"


def _read_object(request: Request) -> dict[str, Any]:
    content = json_protocol.read_body(request)
    if not isinstance(content, dict):
        raise invalid("The request body is not a JSON object.")
    return content


def _convert(shape: Shape, text: str) -> Any:
    try:
        return _CONVERT.get(shape.type_name, str)(text)
    except ValueError as error:
        raise invalid(f"not a number: {text!r}. Use a whole number.") from error

"""Operations of services with the protocol awsQuery: forms to parameters, and XML as the answer.

Source: Smithy, 'AWS query protocol'. moto's own parser and serializer do it.
"""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import ServiceModel


def read_action(request: Request) -> str:
    """Return the name of the operation that a request calls, "" if it names none."""
    return str(request.values.get("Action", ""))


@dataclass(frozen=True)
class QueryApi:
    """The operations of a service whose requests are forms."""

    service: str

    @cached_property
    def model(self) -> ServiceModel:
        """Botocore's model of the service."""
        return ServiceModel(self.service)

    def read_call(self, name: str, request: Request) -> ApiCall:
        """Return a call with its checked parameters. Raises ApiError when they are invalid."""
        operation = get_service_model(self.service).operation_model(name)
        content: dict[str, Any] = QueryParser(operation).parse(
            {
                "method": request.method,
                "headers": request.headers,
                "body": b"",
                "url_path": request.path,
                "url_params": {},
                "values": MultiDict(request.values),
            }
        )
        self.model.validate(name, content)
        region, _ = json_protocol.read_credential_scope(request)
        return ApiCall(name, content, region, self.model.get_operation(name).output_shape)

    def make_response(self, name: str, result: dict[str, Any]) -> Response:
        """Return the response of an operation."""
        context = SerializationContext(str(uuid.uuid4()))
        operation = get_service_model(self.service).operation_model(name)
        serialized = QuerySerializer(operation, context).serialize(result)
        return Response(
            serialized["body"], serialized["status_code"], content_type="text/xml; charset=utf-8"
        )

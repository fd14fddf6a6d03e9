"""Operations of services that are spoken to in forms and in JSON: parameters, and the answer.

moto's parsers and serializers do it, in the protocol of the request.
"""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import SERIALIZERS, SerializationContext
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import ServiceModel


@dataclass(frozen=True)
class ModeledApi:
    """The operations of a service by botocore's name of it."""

    service: str

    @cached_property
    def model(self) -> ServiceModel:
        """Botocore's model of the service."""
        return ServiceModel(self.service)

    def read_action(self, request: Request) -> str:
        """Return the name of the operation that a request calls, "" if it names none."""
        return self._identify(request)[0]

    def read_call(self, name: str, request: Request) -> ApiCall:
        """Return a call with its checked parameters. Raises ApiError when they are invalid."""
        _, protocol = self._identify(request)
        operation = get_service_model(self.service).operation_model(name)
        content: dict[str, Any] = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "headers": request.headers,
                "body": request.get_data(),
                "url_path": request.path,
                "url_params": {},
                "values": MultiDict(request.values),
            }
        )
        self.model.validate(name, content)
        region, _ = json_protocol.read_credential_scope(request)
        return ApiCall(name, content, region, self.model.get_operation(name).output_shape)

    def make_response(self, name: str, request: Request, result: dict[str, Any]) -> Response:
        """Return the response of an operation in the protocol of its request."""
        _, protocol = self._identify(request)
        context = SerializationContext(str(uuid.uuid4()))
        operation = get_service_model(self.service).operation_model(name)
        serialized = SERIALIZERS[protocol](operation, context).serialize(result)
        return Response(serialized["body"], serialized["status_code"], dict(serialized["headers"]))

    def _identify(self, request: Request) -> tuple[str, str]:
        if "Action" in request.values:
            return str(request.values["Action"]), "query"
        target = request.headers.get("X-Amz-Target", "")
        return target.rpartition(".")[2], "json"

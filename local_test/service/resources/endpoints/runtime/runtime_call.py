"""One request of the runtime API to a real-time endpoint."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.wrappers import Request

from local_test.platform.limits import PAYLOAD_BYTES
from local_test.service.api import rest_parameters
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend

_MISSING = {
    "EnableExplanations": "ExplainerConfig",
    "InferenceComponentName": "inference component",
}


@dataclass(frozen=True)
class RuntimeCall:
    """A request; `received` is its time in seconds since 1970, of this machine's clock."""

    region: str
    endpoint: str
    parameters: Mapping[str, Any]
    headers: Mapping[str, str]
    body: bytes
    received: float

    def at(self, received: float) -> "RuntimeCall":
        """Return the same request, received at another time."""
        return replace(self, received=received)


def read_call(
    backend: Backend, operation: str, region: str, name: str, request: Request
) -> RuntimeCall:
    """Return the request of an operation. Raises ApiError when it is invalid."""
    received = time.time()
    parameters = rest_parameters.read_parameters(backend.runtime, operation, name, request)
    for field, missing in _MISSING.items():
        if field in parameters:
            message = f"{field}: endpoint {name} has no {missing}. Leave it out."
            raise ApiError("ValidationError", message)
    request.max_content_length = PAYLOAD_BYTES
    variant = backend.running_endpoints.pick_variant(region, name, parameters.get("TargetVariant"))
    if variant.is_asynchronous:
        raise ApiError(
            "ValidationError", f"Endpoint {name} is asynchronous: use InvokeEndpointAsync."
        )
    headers = dict(request.headers.items())
    return RuntimeCall(region, name, parameters, headers, request.get_data(), received)

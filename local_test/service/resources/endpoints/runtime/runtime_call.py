"""One request of the runtime API to a real-time endpoint."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.wrappers import Request

from local_test.endpoints import Endpoint
from local_test.platform.limits import PAYLOAD_BYTES
from local_test.service.api import rest_parameters
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.background.variant import NoInstanceError, Variant
from local_test.service.resources.endpoints.resource import INFERENCE_COMPONENT, list_components

_MISSING = {"EnableExplanations": "ExplainerConfig"}
_COMPONENT = "InferenceComponentName"


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
    if variant.is_host and _COMPONENT not in parameters:
        raise ApiError(
            "ValidationError",
            f"Inference Component Name header is required: endpoint {name} has inference "
            "components. Give InferenceComponentName.",
        )
    if variant.is_asynchronous:
        raise ApiError(
            "ValidationError", f"Endpoint {name} is asynchronous: use InvokeEndpointAsync."
        )
    headers = dict(request.headers.items())
    return RuntimeCall(region, name, parameters, headers, request.get_data(), received)


@contextmanager
def reserve(backend: Backend, call: RuntimeCall) -> Iterator[tuple[Variant, Endpoint]]:
    """Context manager: yield the variant or component that a request is for, and its containers.

    They are not stopped before it ends. Raises ApiError when there is no such component, and
    NoInstanceError when no instance is in service.
    """
    endpoints, parameters = backend.running_endpoints, call.parameters
    name = parameters.get(_COMPONENT)
    if name is None:
        target = parameters.get("TargetVariant")
        with endpoints.reserve(call.region, call.endpoint, target) as reserved:
            yield reserved
        return
    known = {
        record[INFERENCE_COMPONENT.name_field]
        for record in list_components(backend.records, call.region, call.endpoint)
    }
    if name not in known:
        message = f"Inference component {name} was not found for endpoint {call.endpoint}."
        raise ApiError("ValidationError", message)
    component = endpoints.find_component(call.region, name)
    if component is None:
        raise NoInstanceError(name)
    with endpoints.hold(component) as containers:
        yield component, containers

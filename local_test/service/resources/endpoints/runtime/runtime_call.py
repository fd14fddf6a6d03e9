"""One request of the runtime API to a real-time endpoint."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.wrappers import Request

from local_test.platform.limits import PAYLOAD_BYTES
from local_test.service.api import rest_parameters
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.background.variant import Instance, NoInstanceError, Variant
from local_test.service.resources.endpoint_configs.explainer_config import EXPLAINER
from local_test.service.resources.endpoints.resource import INFERENCE_COMPONENT, list_components

NEW_SESSION = "NEW_SESSION"
"""The SessionId that asks the container for a new session."""

_ENABLE = "EnableExplanations"
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
    request.max_content_length = PAYLOAD_BYTES
    variant = backend.running_endpoints.pick_variant(region, name, parameters.get("TargetVariant"))
    if _ENABLE in parameters and EXPLAINER not in variant.config:
        message = f"{_ENABLE}: endpoint {name} has no {EXPLAINER}. Leave it out."
        raise ApiError("ValidationError", message)
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
def reserve(backend: Backend, call: RuntimeCall) -> Iterator[tuple[Variant, Instance]]:
    """Context manager: yield the variant or component that a request is for, and the instance.

    It is not stopped before it ends. Raises ApiError when there is no such component or session,
    and what `RunningEndpoints.reserve` raises.
    """
    endpoints, parameters = backend.running_endpoints, call.parameters
    session, name = parameters.get("SessionId", NEW_SESSION), parameters.get(_COMPONENT)
    if session != NEW_SESSION:
        variant, instance = backend.sessions.find(call.region, call.endpoint, session)
        with endpoints.hold(variant, instance) as held:
            yield variant, held
    elif name is not None:
        component = _find_component(backend, call, name)
        with endpoints.hold(component) as held:
            yield component, held
    else:
        target = parameters.get("TargetVariant")
        with endpoints.reserve(call.region, call.endpoint, target) as reserved:
            yield reserved


def _find_component(backend: Backend, call: RuntimeCall, name: str) -> Variant:
    known = {
        record[INFERENCE_COMPONENT.name_field]
        for record in list_components(backend.records, call.region, call.endpoint)
    }
    if name not in known:
        message = f"Inference component {name} was not found for endpoint {call.endpoint}."
        raise ApiError("ValidationError", message)
    component = backend.running_endpoints.find_component(call.region, name)
    if component is None:
        raise NoInstanceError(name)
    return component

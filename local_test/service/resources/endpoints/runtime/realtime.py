"""InvokeEndpoint: the request's headers and body go to the containers, their response goes back."""

import time

from werkzeug.wrappers import Request, Response

from local_test.endpoints import EndpointResponse
from local_test.endpoints.pipeline_relay import CLOSED_SESSION, NEW_SESSION
from local_test.service.backend import Backend
from local_test.service.background.variant import Instance, Variant
from local_test.service.resources.endpoints.runtime.exchange_record import (
    Exchange,
    record_exchange,
)
from local_test.service.resources.endpoints.runtime.responses import to_variant_response
from local_test.service.resources.endpoints.runtime.runtime_call import (
    RuntimeCall,
    read_call,
    reserve,
)
from local_test.service.resources.endpoints.runtime.shadow_copy import copy_to_shadow


def invoke(backend: Backend, region: str, name: str, request: Request) -> Response:
    """Return the response of the endpoint's containers.

    Raises ApiError when the request is invalid and never reaches a container.
    """
    call = read_call(backend, "InvokeEndpoint", region, name, request)
    parameters = call.parameters
    with reserve(backend, call) as (variant, instance):
        started = time.time()
        answer = instance.endpoint.invoke(
            call.body, parameters.get("ContentType"), parameters.get("Accept"), call.headers
        )
        model_seconds = time.time() - started
    _keep_session(backend, call, answer, (variant, instance))
    exchange = Exchange(variant, answer, started, model_seconds)
    record_exchange(backend, call, exchange)
    copy_to_shadow(backend, call, exchange)
    return to_variant_response(answer, call, variant)


def _keep_session(
    backend: Backend, call: RuntimeCall, answer: EndpointResponse, owner: tuple[Variant, Instance]
) -> None:
    """Remember the session that a container has opened, and forget one that it has closed."""
    opened, closed = (answer.headers.get(name) for name in (NEW_SESSION, CLOSED_SESSION))
    if opened:
        backend.sessions.open(call.region, call.endpoint, opened, owner)
    if closed:
        backend.sessions.close(call.region, call.endpoint, closed)

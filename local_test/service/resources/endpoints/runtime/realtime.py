"""InvokeEndpoint: the request's headers and body go to the containers, their response goes back."""

import time

from werkzeug.wrappers import Request, Response

from local_test.service.backend import Backend
from local_test.service.resources.endpoints.runtime.exchange_record import (
    Exchange,
    record_exchange,
)
from local_test.service.resources.endpoints.runtime.responses import to_variant_response
from local_test.service.resources.endpoints.runtime.runtime_call import read_call, reserve
from local_test.service.resources.endpoints.runtime.shadow_copy import copy_to_shadow


def invoke(backend: Backend, region: str, name: str, request: Request) -> Response:
    """Return the response of the endpoint's containers.

    Raises ApiError when the request is invalid and never reaches a container.
    """
    call = read_call(backend, "InvokeEndpoint", region, name, request)
    parameters = call.parameters
    with reserve(backend, call) as (variant, containers):
        started = time.time()
        answer = containers.invoke(
            call.body, parameters.get("ContentType"), parameters.get("Accept"), call.headers
        )
        model_seconds = time.time() - started
    exchange = Exchange(variant, answer, started, model_seconds)
    record_exchange(backend, call, exchange)
    copy_to_shadow(backend, call, exchange)
    return to_variant_response(answer, call, variant)

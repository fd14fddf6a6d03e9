"""InvokeEndpointWithResponseStream: the response goes back part by part, as it comes.

Source: API, InvokeEndpointWithResponseStream: PayloadPart, ModelStreamError and
InternalStreamFailure are the messages of the stream. A failure before its begin is a ModelError.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from werkzeug.wrappers import Request, Response

from local_test.endpoints import EndpointResponse, EndpointStream, StreamError
from local_test.service.api import event_stream
from local_test.service.backend import Backend
from local_test.service.background.endpoint_metrics import StreamTimes
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoints.runtime.exchange_record import (
    Exchange,
    record_exchange,
)
from local_test.service.resources.endpoints.runtime.responses import (
    INVOKED,
    to_variant_response,
)
from local_test.service.resources.endpoints.runtime.runtime_call import (
    RuntimeCall,
    read_call,
    reserve,
)
from local_test.service.resources.endpoints.runtime.shadow_copy import copy_to_shadow

_OPERATION = "InvokeEndpointWithResponseStream"
_COMPARED = ("DataCaptureConfig", "ShadowProductionVariants")
_CONTENT_TYPE = "X-Amzn-SageMaker-Content-Type"


def invoke_streaming(backend: Backend, region: str, name: str, request: Request) -> Response:
    """Return the response of the endpoint's containers as an event stream.

    The instance is kept until the stream ends. Raises ApiError when the request is invalid and
    never reaches a container.
    """
    call = read_call(backend, _OPERATION, region, name, request)
    parameters = call.parameters
    with ExitStack() as stack:
        variant, instance = stack.enter_context(reserve(backend, call))
        started = time.time()
        answer = instance.endpoint.open_stream(
            call.body, parameters.get("ContentType"), parameters.get("Accept"), call.headers
        )
        if isinstance(answer, EndpointResponse):
            record_exchange(
                backend, call, Exchange(variant, answer, started, time.time() - started)
            )
            return to_variant_response(answer, call, variant)
        relay = _StreamRelay(backend, call, variant, answer, started, stack.pop_all())
    response = Response(relay.read_messages(), content_type=event_stream.CONTENT_TYPE)
    response.call_on_close(relay.close)
    response.headers.update({INVOKED: variant.host or variant.name} | dict(answer.headers))
    if answer.content_type is not None:
        response.headers[_CONTENT_TYPE] = answer.content_type
    return response


class _StreamRelay:
    """Passes a stream on, and records the exchange at its end, also when the client leaves."""

    def __init__(
        self,
        backend: Backend,
        call: RuntimeCall,
        variant: Variant,
        stream: EndpointStream,
        started: float,
        reserved: ExitStack,
    ) -> None:
        self._backend = backend
        self._call = call
        self._variant = variant
        self._stream = stream
        self._started = started
        self._reserved = reserved
        self._first: float | None = None
        self._failure = ""
        self._parts: list[bytes] = []
        self._keeps_parts = not variant.config.keys().isdisjoint(_COMPARED)

    def read_messages(self) -> Iterator[bytes]:
        """Yield the messages of the event stream; the last one says why the stream broke off."""
        try:
            for part in self._stream.parts:
                self._first = self._first or time.time()
                if self._keeps_parts:
                    self._parts.append(part)
                yield event_stream.encode_event("PayloadPart", part)
        except StreamError as error:
            self._failure = str(error)
            yield self._encode_failure(error)

    def _encode_failure(self, error: StreamError) -> bytes:
        if self._variant.is_closed:
            message = f"Endpoint {self._call.endpoint} was changed or deleted during the response."
            return event_stream.encode_exception("InternalStreamFailure", {"Message": message})
        fields = {"Message": f"{error}.", "ErrorCode": error.code}
        return event_stream.encode_exception("ModelStreamError", fields)

    def close(self) -> None:
        """Release the instance and record the exchange."""
        self._stream.close()
        self._reserved.close()
        end = time.time()
        body = b"".join(self._parts)
        stream = self._stream
        answer = EndpointResponse(
            200, body, stream.content_type, stream.headers, error=self._failure
        )
        first = (self._first or end) - self._started
        times = StreamTimes(first, broken=bool(self._failure))
        seconds = end - self._started
        exchange = Exchange(self._variant, answer, self._started, seconds, times)
        record_exchange(self._backend, self._call, exchange)
        copy_to_shadow(self._backend, self._call, exchange)

"""What is kept of a request that containers answered: metrics, data capture, the console's list."""

import time
from dataclasses import dataclass

from local_test.endpoints import EndpointResponse
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.capture_writer import CaptureTarget
from local_test.service.background.endpoint_metrics import Invocation, StreamTimes
from local_test.service.background.recent_requests import RecentRequest
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoints.data_capture import build_capture, is_sampled
from local_test.service.resources.endpoints.runtime.runtime_call import RuntimeCall


@dataclass(frozen=True)
class Exchange:
    """A variant's response to a request.

    `started` is when the request went to the containers, in seconds since 1970, `model_seconds` how
    long they took. `stream` is given for a response that was streamed.
    """

    variant: Variant
    answer: EndpointResponse
    started: float
    model_seconds: float
    stream: StreamTimes | None = None


def record_exchange(backend: Backend, call: RuntimeCall, exchange: Exchange) -> None:
    """Keep what is observed of a request and its response."""
    answer, variant = exchange.answer, exchange.variant
    if not variant.is_shadow:
        backend.recent_requests.add(call.region, call.endpoint, _describe_request(call, exchange))
    config = variant.config.get("DataCaptureConfig")
    if config is not None and answer.ok and is_sampled(config):
        target = CaptureTarget(call.region, config["DestinationS3Uri"], call.endpoint, variant.name)
        capture = build_capture(config, call.parameters, call.body, answer)
        backend.capture_writer.add(target, capture)
    if answer.ok or answer.original_status is not None:  # it reached the containers
        overhead = max(time.time() - call.received - exchange.model_seconds, 0.0)
        invocation = Invocation(
            now() - (time.time() - exchange.started),
            exchange.model_seconds,
            overhead,
            answer.original_status,
            variant.count,
            exchange.stream,
            variant.config.get("EndpointConfigName", ""),
            _measure_concurrency(variant),
        )
        owner = variant.host or variant.name
        backend.endpoint_metrics.add(call.region, call.endpoint, owner, invocation)
        if variant.host:
            backend.endpoint_metrics.add(call.region, None, variant.name, invocation)


def _measure_concurrency(variant: Variant) -> float | None:
    """Return the used share of MaxConcurrency, with this request; None for other variants."""
    limit = variant.max_concurrency
    return None if limit is None else min(variant.requests + 1, limit) / limit


def _describe_request(call: RuntimeCall, exchange: Exchange) -> RecentRequest:
    answer = exchange.answer
    return RecentRequest(
        time=exchange.started,
        id=call.parameters.get("InferenceId", ""),
        content_type=call.parameters.get("ContentType", ""),
        size=len(call.body),
        status=answer.status if answer.original_status is None else answer.original_status,
        error=answer.error,
        milliseconds=1000 * (time.time() - exchange.started),
    )

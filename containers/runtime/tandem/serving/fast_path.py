"""The fast path: simple requests with small bodies, answered without Flask.

Flask takes as long for the request of one row as a model for the row. Everything unusual is left to
Flask, and so is every request that fails: Flask runs it again, and responds with the error.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import Protocol

from tandem.serving.model_service import InferenceService, ModelService, ServiceResponse
from tandem.serving.multi_model import LoadedModels
from tandem.serving.output_selection import parse_attributes
from tandem.serving.request_head import RequestHead

# Above, Flask's share of the time is small, and a failing request is too slow to run twice.
MOST_BYTES = 1 << 16
# A response that takes longer blocks the event loop, and with it `/ping`.
_INLINE_SECONDS, _WEIGHT = 0.005, 0.05
_INVOKE_PATH = re.compile(r"/models/([\w.~-]+)/invoke")


class Latency:
    """The moving average of response times; `inline` allows the event loop to compute them."""

    def __init__(self) -> None:
        self._mean = 0.0

    @property
    def inline(self) -> bool:
        """Whether the last responses took less than 5 ms on average."""
        return self._mean < _INLINE_SECONDS

    def record(self, seconds: float) -> None:
        """Add the time of one response."""
        self._mean += (seconds - self._mean) * _WEIGHT


class FastPath(Protocol):
    """The handler that a worker tries first, also from several threads at once."""

    latency: Latency

    def respond(self, head: RequestHead, body: bytes) -> ServiceResponse | None:
        """Return the response, or None to leave the request to Flask."""


class NoFastPath:
    """A fast path that leaves every request to Flask."""

    latency = Latency()

    def respond(self, _head: RequestHead, _body: bytes) -> ServiceResponse | None:
        """Return None."""
        return None


class ModelFastPath:
    """The fast path of one model."""

    def __init__(self, service: ModelService) -> None:
        self._service = service
        self.latency = Latency()

    def respond(self, head: RequestHead, body: bytes) -> ServiceResponse | None:
        """Return the response to `POST /invocations`, or None."""
        if head.path != "/invocations" or not 0 < len(body) <= MOST_BYTES:
            return None
        return _invoke(self._service, self.latency, head, body)


class MultiModelFastPath:
    """The fast path of a multi-model endpoint."""

    def __init__(self, models: LoadedModels) -> None:
        self._models = models
        self.latency = Latency()

    def respond(self, head: RequestHead, body: bytes) -> ServiceResponse | None:
        """Return the response to `POST /models/<name>/invoke` of a loaded model, or None."""
        match = _INVOKE_PATH.fullmatch(head.path)
        if match is None or not 0 < len(body) <= MOST_BYTES:
            return None
        with suppress(Exception), self._models.hold_model(match[1]) as service:
            if isinstance(service, ModelService) and not service.waits:
                return _invoke(service, self.latency, head, body)
        return None


def _invoke(
    service: InferenceService, latency: Latency, head: RequestHead, body: bytes
) -> ServiceResponse | None:
    start = time.perf_counter()
    try:
        with suppress(Exception):  # Flask runs it again, logs the error and responds
            outputs = parse_attributes(head.attributes)
            return service.invoke(head.content_type, head.accept, body, outputs)
        return None
    finally:
        latency.record(time.perf_counter() - start)

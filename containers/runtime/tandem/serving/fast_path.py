"""The hot lane: small bodies of plain requests, answered before Flask looks at them.

Flask takes as long over one row's request as a model over the row. Whatever is out of the ordinary
goes on to Flask, and so does what fails: Flask asks once more, and says why.
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

# Above, Flask's share of the time is small, and what fails had better not be tried twice.
MOST_BYTES = 1 << 16
# An answer that takes longer holds up the loop, and with it `/ping`.
_INLINE_SECONDS, _WEIGHT = 0.005, 0.05
_INVOKE_PATH = re.compile(r"/models/([\w.~-]+)/invoke")


class Latency:
    """How long answers take; `quick` says whether the loop may give them itself."""

    def __init__(self) -> None:
        self._mean = 0.0

    @property
    def inline(self) -> bool:
        """Whether the last answers took a few milliseconds at most."""
        return self._mean < _INLINE_SECONDS

    def record(self, seconds: float) -> None:
        """Count one answer."""
        self._mean += (seconds - self._mean) * _WEIGHT


class FastPath(Protocol):
    """What the worker asks first; threads may ask at once."""

    latency: Latency

    def respond(self, head: RequestHead, body: bytes) -> ServiceResponse | None:
        """Answer a request, or leave it to Flask."""


class NoFastPath:
    """Leaves everything to Flask."""

    latency = Latency()

    def respond(self, _head: RequestHead, _body: bytes) -> ServiceResponse | None:
        """Leave it."""
        return None


class ModelFastPath:
    """The lane of one model."""

    def __init__(self, service: ModelService) -> None:
        self._service = service
        self.latency = Latency()

    def respond(self, head: RequestHead, body: bytes) -> ServiceResponse | None:
        """Answer `POST /invocations`."""
        if head.path != "/invocations" or not 0 < len(body) <= MOST_BYTES:
            return None
        return _invoke(self._service, self.latency, head, body)


class MultiModelFastPath:
    """The lane of a multi-model endpoint."""

    def __init__(self, models: LoadedModels) -> None:
        self._models = models
        self.latency = Latency()

    def respond(self, head: RequestHead, body: bytes) -> ServiceResponse | None:
        """Answer `POST /models/<name>/invoke` of a model that is loaded, and no script."""
        match = _INVOKE_PATH.fullmatch(head.path)
        if match is None or not 0 < len(body) <= MOST_BYTES:
            return None
        with suppress(Exception), self._models.hold_model(match[1]) as service:
            if isinstance(service, ModelService):
                return _invoke(service, self.latency, head, body)
        return None


def _invoke(
    service: InferenceService, latency: Latency, head: RequestHead, body: bytes
) -> ServiceResponse | None:
    start = time.perf_counter()
    try:
        with suppress(Exception):  # Flask asks once more, logs and answers it
            outputs = parse_attributes(head.attributes)
            return service.invoke(head.content_type, head.accept, body, outputs)
        return None
    finally:
        latency.record(time.perf_counter() - start)

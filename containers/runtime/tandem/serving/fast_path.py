"""The hot lane: small bodies of plain requests, answered before Flask looks at them.

Flask takes as long over one row's request as a model over the row. Whatever is out of the ordinary
goes on to Flask, and so does what fails: Flask asks once more, and says why.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import Protocol

from tandem.serving.model_service import Answer, Answering, Service
from tandem.serving.multi_model import Models
from tandem.serving.output_selection import from_attributes
from tandem.serving.request_head import Plain

# Above, Flask's share of the time is small, and what fails had better not be tried twice.
MOST_BYTES = 1 << 16
# An answer that takes longer holds up the loop, and with it `/ping`.
_QUICK, _WEIGHT = 0.005, 0.05
_INVOKE = re.compile(r"/models/([\w.~-]+)/invoke")


class Pace:
    """How long answers take; `quick` says whether the loop may give them itself."""

    def __init__(self) -> None:
        self._mean = 0.0

    @property
    def quick(self) -> bool:
        """Whether the last answers took a few milliseconds at most."""
        return self._mean < _QUICK

    def note(self, seconds: float) -> None:
        """Count one answer."""
        self._mean += (seconds - self._mean) * _WEIGHT


class Lane(Protocol):
    """What the worker asks first; threads may ask at once."""

    pace: Pace

    def answer(self, asked: Plain, body: bytes) -> Answer | None:
        """Answer a request, or leave it to Flask."""


class NoLane:
    """Leaves everything to Flask."""

    pace = Pace()

    def answer(self, _asked: Plain, _body: bytes) -> Answer | None:
        """Leave it."""
        return None


class ModelLane:
    """The lane of one model."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.pace = Pace()

    def answer(self, asked: Plain, body: bytes) -> Answer | None:
        """Answer `POST /invocations`."""
        if asked.path != "/invocations" or not 0 < len(body) <= MOST_BYTES:
            return None
        return _answered(self._service, self.pace, asked, body)


class ModelsLane:
    """The lane of a multi-model endpoint."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self.pace = Pace()

    def answer(self, asked: Plain, body: bytes) -> Answer | None:
        """Answer `POST /models/<name>/invoke` of a model that is loaded, and no script."""
        found = _INVOKE.fullmatch(asked.path)
        if found is None or not 0 < len(body) <= MOST_BYTES:
            return None
        with suppress(Exception), self._models.using(found[1]) as service:
            if isinstance(service, Service):
                return _answered(service, self.pace, asked, body)
        return None


def _answered(service: Answering, pace: Pace, asked: Plain, body: bytes) -> Answer | None:
    began = time.perf_counter()
    try:
        with suppress(Exception):  # Flask asks once more, logs and answers it
            outputs = from_attributes(asked.attributes)
            return service.invoke(asked.content_type, asked.accept, body, outputs)
        return None
    finally:
        pace.note(time.perf_counter() - began)

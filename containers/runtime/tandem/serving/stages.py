"""What the stages of a request take: a header of each answer, and metrics once a minute."""

from __future__ import annotations

import random
import threading
import weakref
from collections.abc import Mapping

from tandem.serving import emf
from tandem.settings import Settings

HEADER = "Server-Timing"
# A metric's values in one line of the log, at most.
_SAMPLE = 100
_NOTHING: Mapping[str, str] = {}


class Stages:
    """The stages decode, `middle` (predict or transform) and encode of a model's requests."""

    def __init__(self, middle: str, settings: Settings) -> None:
        self._header = f"decode;dur=%.3f, {middle};dur=%.3f, encode;dur=%.3f"
        self._tells = settings.server_timing
        self._sample = _Sample(("decode", middle, "encode")) if settings.metrics == "emf" else None
        if self._sample is not None:
            weakref.finalize(self, self._sample.flush)

    def told(self, *moments: float) -> Mapping[str, str]:
        """Take the four moments between which the stages lie, in seconds; give the headers."""
        if not self._tells and self._sample is None:
            return _NOTHING
        began, decoded, answered, encoded = moments
        took = 1e3 * (decoded - began), 1e3 * (answered - decoded), 1e3 * (encoded - answered)
        if self._sample is not None:
            self._sample.add(took, encoded)
        return {HEADER: self._header % took} if self._tells else _NOTHING


class _Sample:
    """Requests of a minute: all are counted, and of more than 100 any 100 are kept."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._lock = threading.Lock()
        self._kept: list[tuple[float, ...]] = []
        self._seen = 0
        self._written = -emf.EVERY

    def add(self, took: tuple[float, ...], now: float) -> None:
        with self._lock:
            self._seen += 1
            if len(self._kept) < _SAMPLE:
                self._kept.append(took)
            elif (place := int(random.random() * self._seen)) < _SAMPLE:  # noqa: S311 - a sample
                self._kept[place] = took
            if now - self._written < emf.EVERY:
                return
            self._written = now
        self.flush()

    def flush(self) -> None:
        with self._lock:
            kept, seen = self._kept, self._seen
            self._kept, self._seen = [], 0
        if not seen:
            return
        columns = zip(*kept, strict=True)
        values = {
            name: [round(t, 3) for t in c] for name, c in zip(self._names, columns, strict=True)
        }
        units = {"requests": "Count"} | dict.fromkeys(self._names, "Milliseconds")
        emf.write({"requests": seen, **values}, units)

"""Captured requests and answers of endpoints on their way to S3, a few objects a second.

Source: Developer Guide, 'Capture data from real-time endpoint': one object holds the captures of a
while, below endpoint, variant and hour.
"""

import json
import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local_test.errors import LocalError
from local_test.service.error_boundary import run_round
from local_test.service.storage.s3 import S3Storage, parse_uri

_PAUSE_SECONDS = 0.3
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CaptureTarget:
    """Where the captures of one variant go: an S3 address in a region, and below it."""

    region: str
    destination: str
    endpoint: str
    variant: str

    def make_key(self, moment: datetime) -> tuple[str, ...]:
        """Name the object that is written now."""
        milliseconds = moment.microsecond // 1000
        name = f"{moment:%M-%S}-{milliseconds:03d}-{uuid.uuid4()}.jsonl"
        return (self.endpoint, self.variant, f"{moment:%Y/%m/%d/%H}", name)


@dataclass
class CaptureWriter:
    """Gathers captures and writes them a few times a second; threads may share it."""

    storage: Callable[[str], S3Storage]
    _pending: dict[CaptureTarget, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to write."""
        threading.Thread(target=self._run, name="captures", daemon=True).start()

    def close(self) -> None:
        """Write what is left and end."""
        self._closing.set()
        self.flush()

    def add(self, target: CaptureTarget, capture: dict[str, Any]) -> None:
        """Take one capture."""
        with self._lock:
            self._pending.setdefault(target, []).append(capture)

    def flush(self) -> None:
        """Write all captures that wait, an object for each place."""
        with self._lock:
            pending, self._pending = self._pending, {}
        for target, captures in pending.items():
            try:
                self._write(target, captures)
            except LocalError as error:
                _log.warning("endpoint %s is not captured: %s", target.endpoint, error)

    def _write(self, target: CaptureTarget, captures: Sequence[dict[str, Any]]) -> None:
        lines = "".join(f"{json.dumps(capture)}\n" for capture in captures)
        uri = parse_uri(target.destination).join(*target.make_key(datetime.now(UTC)))
        self.storage(target.region).write(lines.encode(), uri, "application/jsonlines")

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            run_round(self.flush)

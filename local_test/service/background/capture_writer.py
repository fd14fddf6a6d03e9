"""Write captured requests and responses of endpoints to S3, a few objects a second.

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
from local_test.service.api.resource_type import now
from local_test.service.error_boundary import run_round
from local_test.service.storage.s3 import S3Storage, parse_uri

_PAUSE_SECONDS = 0.3
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CaptureTarget:
    """Where the captures of one variant are written: region, S3 URI, endpoint and variant."""

    region: str
    destination: str
    endpoint: str
    variant: str

    def make_key(self, moment: datetime) -> tuple[str, ...]:
        """Return the parts of the key of an object that is written at this moment."""
        milliseconds = moment.microsecond // 1000
        name = f"{moment:%M-%S}-{milliseconds:03d}-{uuid.uuid4()}.jsonl"
        return (self.endpoint, self.variant, f"{moment:%Y/%m/%d/%H}", name)


@dataclass
class CaptureWriter:
    """Collects captures and writes them every 0.3 seconds; thread-safe."""

    storage: Callable[[str], S3Storage]
    _pending: dict[CaptureTarget, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start the thread that writes."""
        threading.Thread(target=self._run, name="captures", daemon=True).start()

    def close(self) -> None:
        """Write the remaining captures and end."""
        self._closing.set()
        self.flush()

    def add(self, target: CaptureTarget, capture: dict[str, Any]) -> None:
        """Add one capture."""
        with self._lock:
            self._pending.setdefault(target, []).append(capture)

    def flush(self) -> None:
        """Write all pending captures, one object per target."""
        with self._lock:
            pending, self._pending = self._pending, {}
        for target, captures in pending.items():
            try:
                self._write(target, captures)
            except LocalError as error:
                _log.warning("endpoint %s is not captured: %s", target.endpoint, error)

    def _write(self, target: CaptureTarget, captures: Sequence[dict[str, Any]]) -> None:
        lines = "".join(f"{json.dumps(capture)}\n" for capture in captures)
        uri = parse_uri(target.destination).join(
            *target.make_key(datetime.fromtimestamp(now(), UTC))
        )
        self.storage(target.region).write(lines.encode(), uri, "application/jsonlines")

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            run_round(self.flush)

"""The most recent requests of each endpoint, for the console; kept in memory only."""

import threading
from collections import deque
from dataclasses import dataclass, field

CAPACITY = 20


@dataclass(frozen=True)
class RecentRequest:
    """One invocation.

    `time` is in seconds since 1970, `id` the inference id, `size` the body's in bytes. `status` is
    the last container's, 0 if it did not respond; `error` is empty on success.
    """

    time: float
    id: str
    content_type: str
    size: int
    status: int
    error: str
    milliseconds: float


@dataclass
class RecentRequests:
    """The most recent requests by region and endpoint; thread-safe."""

    _requests: dict[tuple[str, str], deque[RecentRequest]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, region: str, endpoint: str, request: RecentRequest) -> None:
        """Add a request and drop the oldest beyond `CAPACITY`."""
        with self._lock:
            self._requests.setdefault((region, endpoint), deque(maxlen=CAPACITY)).append(request)

    def list_newest(self, region: str, endpoint: str) -> list[RecentRequest]:
        """Return an endpoint's requests, newest first."""
        with self._lock:
            return list(reversed(self._requests.get((region, endpoint), ())))

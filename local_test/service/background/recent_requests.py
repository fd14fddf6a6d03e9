"""The last requests of each endpoint, for whoever watches it: kept in memory alone."""

import threading
from collections import deque
from dataclasses import dataclass, field

CAPACITY = 20


@dataclass(frozen=True)
class RecentRequest:
    """One invocation: when (seconds since 1970), its id where it has one, and what came of it.

    `status` is the last container's, 0 where it did not answer; without a mistake `error` is empty.
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
    """The last of each endpoint by region and name; threads may share it."""

    _requests: dict[tuple[str, str], deque[RecentRequest]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, region: str, endpoint: str, request: RecentRequest) -> None:
        """Remember an invocation and forget the oldest beyond `KEPT`."""
        with self._lock:
            self._requests.setdefault((region, endpoint), deque(maxlen=CAPACITY)).append(request)

    def list_newest(self, region: str, endpoint: str) -> list[RecentRequest]:
        """Return what is remembered, newest first."""
        with self._lock:
            return list(reversed(self._requests.get((region, endpoint), ())))

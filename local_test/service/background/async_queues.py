"""The queues of asynchronous endpoints, each with a limit of concurrent requests."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from local_test.service.api.resource_type import now
from local_test.service.error_boundary import ErrorHandler, run_guarded

EndpointKey = tuple[str, str]
"""A region and the name of an endpoint."""


@dataclass
class _Queue:
    """`waiting` has the work and when it was added; `running` is how many run, at most `limit`."""

    limit: int
    waiting: deque[tuple[float, Callable[[], None]]] = field(default_factory=deque)
    running: int = 0


@dataclass(frozen=True)
class Backlog:
    """The requests of a queue, those that run included, and the age of the oldest that waits."""

    size: int
    oldest_seconds: float


class AsyncQueues:
    """One queue per endpoint; thread-safe. `closing` is set when the service ends."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._queues: dict[EndpointKey, _Queue] = {}

    def open(self, key: EndpointKey, limit: int) -> bool:
        """Run at most `limit` requests at a time; return True if there was no queue before.

        Requests that wait in an earlier queue are still run.
        """
        with self._lock:
            is_new = key not in self._queues
            self._queues.setdefault(key, _Queue(limit))
        self.resize(key, limit)
        return is_new

    def resize(self, key: EndpointKey, limit: int) -> None:
        """Change the limit of a queue, if there is one; requests that run go on."""
        with self._lock:
            queue = self._queues.get(key)
            if queue is not None:
                queue.limit = limit
                self._start_waiting(queue)

    def add(self, key: EndpointKey, work: Callable[[], None], on_error: ErrorHandler) -> None:
        """Queue a request, or drop it without a queue. `on_error` receives an unexpected error."""
        with self._lock:
            queue = self._queues.get(key)
            if queue is not None:
                queue.waiting.append((now(), partial(run_guarded, work, on_error)))
                self._start_waiting(queue)

    def measure_backlog(self, key: EndpointKey) -> Backlog:
        """Return the backlog of a queue, an empty one without a queue."""
        with self._lock:
            queue = self._queues.get(key) or _Queue(0)
            oldest = queue.waiting[0][0] if queue.waiting else now()
            return Backlog(len(queue.waiting) + queue.running, now() - oldest)

    def drop(self, key: EndpointKey) -> None:
        """Delete a queue and all requests that wait in it."""
        with self._lock:
            queue = self._queues.pop(key, None)
            if queue is not None:
                queue.waiting.clear()

    def close(self) -> None:
        """Start no more requests; those that run see `closing`."""
        self.closing.set()
        for key in list(self._queues):
            self.drop(key)

    def _start_waiting(self, queue: _Queue) -> None:
        while queue.waiting and queue.running < queue.limit:
            _, work = queue.waiting.popleft()
            queue.running += 1
            threading.Thread(target=self._run, args=(queue, work), name="async").start()

    def _run(self, queue: _Queue, work: Callable[[], None]) -> None:
        work()
        with self._lock:
            queue.running -= 1
            self._start_waiting(queue)

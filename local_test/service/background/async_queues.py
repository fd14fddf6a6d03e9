"""The queues of asynchronous endpoints, each with a limit of concurrent requests."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from local_test.service.error_boundary import ErrorHandler, run_guarded

EndpointKey = tuple[str, str]
"""A region and the name of an endpoint."""


class AsyncQueues:
    """One queue per endpoint; thread-safe. `closing` is set when the service ends."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._pools: dict[EndpointKey, ThreadPoolExecutor] = {}

    def open(self, key: EndpointKey, limit: int) -> bool:
        """Run at most `limit` requests at a time; return True if there was no queue before.

        Requests that wait in an earlier queue are still run.
        """
        with self._lock:
            before = self._pools.pop(key, None)
            self._pools[key] = ThreadPoolExecutor(limit, "async")
        if before is not None:
            before.shutdown(wait=False)
        return before is None

    def add(self, key: EndpointKey, work: Callable[[], None], on_error: ErrorHandler) -> None:
        """Queue a request, or drop it without a queue. `on_error` receives an unexpected error."""
        with self._lock:
            pool = self._pools.get(key)
            if pool is not None:
                pool.submit(run_guarded, work, on_error)

    def drop(self, key: EndpointKey) -> None:
        """Delete a queue and all requests that wait in it."""
        with self._lock:
            pool = self._pools.pop(key, None)
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Start no more requests; those that run see `closing`."""
        self.closing.set()
        for key in list(self._pools):
            self.drop(key)

"""The queues of asynchronous endpoints: so many requests at a time, the others wait."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from local_test.service.error_boundary import ErrorHandler, run_guarded

EndpointKey = tuple[str, str]
"""A region and the name of an endpoint."""


class AsyncQueues:
    """One queue an endpoint; threads may share it. `over` is set when the service ends."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._pools: dict[EndpointKey, ThreadPoolExecutor] = {}

    def open(self, key: EndpointKey, limit: int) -> bool:
        """Do `limit` pieces at a time from now on; tells whether there was no queue before.

        What waits in the queue before is still done.
        """
        with self._lock:
            before = self._pools.pop(key, None)
            self._pools[key] = ThreadPoolExecutor(limit, "async")
        if before is not None:
            before.shutdown(wait=False)
        return before is None

    def add(self, key: EndpointKey, work: Callable[[], None], on_error: ErrorHandler) -> None:
        """Let a piece of work wait for its turn; without a queue it is left alone."""
        with self._lock:
            pool = self._pools.get(key)
            if pool is not None:
                pool.submit(run_guarded, work, on_error)

    def drop(self, key: EndpointKey) -> None:
        """Forget a queue and all that waits in it."""
        with self._lock:
            pool = self._pools.pop(key, None)
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Begin nothing more; what is under way sees that it is over."""
        self.closing.set()
        for key in list(self._pools):
            self.drop(key)

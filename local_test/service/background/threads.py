"""The threads of jobs: one per job, each with the event that stops it."""

import threading
from collections.abc import Callable

from local_test.service.error_boundary import ErrorHandler, run_guarded

Work = Callable[[threading.Event], None]


class JobThreads:
    """Runs work in threads, and stops it; `key` identifies a piece of work while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, tuple[threading.Thread, threading.Event]] = {}
        self._interrupted: set[str] = set()
        self._closing = threading.Event()

    def start(self, key: str, work: Work, on_error: ErrorHandler) -> None:
        """Start a piece of work in a thread; `on_error` receives an unexpected error."""
        stop = threading.Event()

        def run() -> None:
            try:
                run_guarded(lambda: work(stop), on_error)
            finally:
                with self._lock:
                    running = self._running.get(key)
                    if running and running[0] is threading.current_thread():
                        del self._running[key]  # else later work has the name by now

        thread = threading.Thread(target=run, name=key)
        with self._lock:
            self._running[key] = thread, stop
        thread.start()

    def stop(self, key: str) -> None:
        """Stop a piece of work, if it still runs."""
        with self._lock:
            running = self._running.get(key)
            self._interrupted.discard(key)
        if running:
            running[1].set()

    def interrupt(self, key: str) -> None:
        """Stop a piece of work as if its machine were taken away; it may start again."""
        with self._lock:
            if key in self._running:
                self._interrupted.add(key)
                self._running[key][1].set()

    def resume_interrupted(self, key: str) -> bool:
        """Return True, once, if the work was interrupted; it may then start again."""
        with self._lock:
            if key not in self._interrupted:
                return False
            self._interrupted.remove(key)
            self._running[key][1].clear()
            return True

    @property
    def is_closing(self) -> bool:
        """True when all work is being stopped, as the service ends."""
        return self._closing.is_set()

    def close(self) -> None:
        """Stop all work and wait for its end."""
        self._closing.set()
        with self._lock:
            running = list(self._running.values())
            self._interrupted.clear()
        for _, stop in running:
            stop.set()
        for thread, _ in running:
            thread.join()

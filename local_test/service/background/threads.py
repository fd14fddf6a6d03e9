"""The work behind the calls: a thread a job, each with the event that stops it."""

import threading
from collections.abc import Callable

from local_test.service.error_boundary import ErrorHandler, run_guarded

Work = Callable[[threading.Event], None]


class JobThreads:
    """Runs work and knows how to stop it; `key` names a piece of work while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, tuple[threading.Thread, threading.Event]] = {}
        self._interrupted: set[str] = set()

    def start(self, key: str, work: Work, on_error: ErrorHandler) -> None:
        """Begin a piece of work; `fallen` hears of the error that nobody expected."""
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
        """Ask a piece of work to end; one that has ended is left alone."""
        with self._lock:
            running = self._running.get(key)
            self._interrupted.discard(key)
        if running:
            running[1].set()

    def interrupt(self, key: str) -> None:
        """Ask a piece of work to end as if its machine were taken away; it may begin again."""
        with self._lock:
            if key in self._running:
                self._interrupted.add(key)
                self._running[key][1].set()

    def resume_interrupted(self, key: str) -> bool:
        """Tell, once, whether the work was interrupted; it may go on from here."""
        with self._lock:
            if key not in self._interrupted:
                return False
            self._interrupted.remove(key)
            self._running[key][1].clear()
            return True

    def close(self) -> None:
        """Ask all work to end and wait until it has."""
        with self._lock:
            running = list(self._running.values())
            self._interrupted.clear()
        for _, stop in running:
            stop.set()
        for thread, _ in running:
            thread.join()

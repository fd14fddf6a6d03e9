"""A signal that something changed, for those who show it; nobody waits for them."""

import threading


class ChangeSignal:
    """Counts changes, and wakes the threads that wait for the next one; thread-safe."""

    def __init__(self) -> None:
        self._count = 0
        self._is_closed = False
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        """The number of changes so far."""
        return self._count

    @property
    def is_closed(self) -> bool:
        """Return True if the service stops: nothing is worth waiting for."""
        return self._is_closed

    def notify(self) -> None:
        """Count a change and wake all who wait."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> bool:
        """Wait for a change after the first `seen` ones; return whether there is one, or a stop."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count > seen or self._is_closed, seconds)

    def pause(self, seconds: float) -> bool:
        """Wait for a time; return False if the service stops meanwhile."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._is_closed, seconds)

    def close(self) -> None:
        """Wake all who wait, now and later."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

"""The service's clock: the machine's time, moved forward on request."""

import threading
import time


class ServiceClock:
    """A clock that can be moved forward and never back; thread-safe.

    `offset` is how many seconds it is ahead of the machine's clock.
    """

    def __init__(self) -> None:
        self.offset = 0.0
        self._lock = threading.Lock()

    def read(self) -> float:
        """Return the time in seconds since 1970."""
        return time.time() + self.offset

    def move_to(self, moment: float) -> None:
        """Move the clock to a moment (seconds since 1970), unless that has passed."""
        with self._lock:
            self.offset = max(self.offset, moment - time.time())


SERVICE_CLOCK = ServiceClock()
"""The clock of the service of this process: records, events and schedules have its time."""

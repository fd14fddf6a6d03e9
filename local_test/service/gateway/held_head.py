"""The head of a response, held back until it is certain what is sent."""

from collections.abc import Callable
from typing import Any


class HeldHead:
    """Holds the head of a response: WSGI's `start_response` of an inner application."""

    head: tuple[Any, ...] = ()

    def __call__(self, *head: Any) -> Callable[[bytes], object]:
        """Hold a head."""
        self.head = head
        return bytes  # WSGI's older way to write a body; Flask does not use it

    def set_length(self, count: int) -> None:
        """Set the Content-Length, in bytes."""
        status, headers, *rest = self.head
        kept = [pair for pair in headers if pair[0].lower() != "content-length"]
        self.head = (status, [*kept, ("Content-Length", str(count))], *rest)

    @property
    def status(self) -> int:
        """The HTTP status, 500 as long as there is none."""
        return int(self.head[0][:3]) if self.head else 500

    @property
    def is_success(self) -> bool:
        """Return True if the status is no error."""
        return self.status < 400

"""The open connections of a server: at most so many, and who makes room for another one."""

import threading
from typing import Protocol


class Connection(Protocol):
    """A connection. `idle_since` is when it began to wait for a request, None while it has one."""

    idle_since: float | None

    def end(self) -> None:
        """End the connection before its next request."""


class OpenConnections:
    """The open connections of a server.

    When `most` are open, the one that is idle longest ends, and those that have a request end after
    its response until there is room again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = set[Connection]()
        self._count = 0
        self._changed = threading.Condition()
        self._is_closed = False
        self._is_crowded = False

    @property
    def must_end(self) -> bool:
        """Return True if a connection must not wait for another request."""
        return self._is_closed or self._is_crowded

    def admit(self) -> bool:
        """Count another connection when there is room; return False when the server stops."""
        with self._changed:
            if self._count >= self._most:
                self._is_crowded = True
                self._end_idle()
            self._changed.wait_for(lambda: self._count < self._most or self._is_closed)
            self._is_crowded = False
            self._count += not self._is_closed
            return not self._is_closed

    def release(self) -> None:
        """Count a connection no more."""
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def add(self, connection: Connection) -> None:
        """Let a connection be ended when it is idle."""
        with self._changed:
            self._open.add(connection)

    def remove(self, connection: Connection) -> None:
        """Forget a connection that ends."""
        with self._changed:
            self._open.discard(connection)

    def close(self) -> None:
        """End all idle connections, and the others after their response; admit no more."""
        with self._changed:
            self._is_closed = True
            for connection in self._open:
                if connection.idle_since is not None:
                    connection.end()
            self._changed.notify_all()

    def _end_idle(self) -> None:
        idle = [(since, one) for one in self._open if (since := one.idle_since) is not None]
        if idle:
            min(idle, key=lambda pair: pair[0])[1].end()

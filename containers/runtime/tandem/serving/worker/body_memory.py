"""Memory for large bodies: so many bytes at a time, and who comes later is not read yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tandem.contract.settings import MEGABYTE
from tandem.serving.worker.client_connection import Connection

# Bodies below need no place. A body in chunks, which is as long as it likes, takes the limit.
_SMALL, _UNKNOWN = 1 << 16, 100 * MEGABYTE
_LARGEST_ONES = 8


class BodyMemory:
    """The connections that have a place, and those that wait for one, in their order."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit or _UNKNOWN
        self._free = _LARGEST_ONES * self._limit
        self._reserved: dict[Connection, int] = {}
        self._waiting: deque[Connection] = deque()

    def admit(self, connection: Connection) -> bool:
        """Return a place for the body under way.

        Where there is none, the connection waits for it.
        """
        length = connection.buffer.body_length
        size = self._limit if length is None else length
        if size < _SMALL or connection in self._reserved:
            return True
        if self._reserved and size > self._free:
            self._waiting.append(connection)
            return False
        self._reserved[connection] = size
        self._free -= size
        return True

    def release(self, connection: Connection) -> Iterator[Connection]:
        """Take a place back, when its request is answered or gone, and give who may try again."""
        if connection not in self._reserved:
            return
        self._free += self._reserved.pop(connection)
        for _ in range(len(self._waiting)):
            yield self._waiting.popleft()

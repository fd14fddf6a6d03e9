"""Admission control of large bodies: a limited number of bytes is received at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tandem.contract.settings import MEGABYTE
from tandem.serving.worker.client_connection import Connection

# Smaller bodies need no admission. A chunked body, of unknown length, counts as the largest.
_SMALL, _UNKNOWN = 1 << 16, 100 * MEGABYTE
_LARGEST_ONES = 8


class BodyMemory:
    """The connections with reserved memory, and those that wait for it, in their order."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit or _UNKNOWN
        self._free = _LARGEST_ONES * self._limit
        self._reserved: dict[Connection, int] = {}
        self._waiting: deque[Connection] = deque()

    def admit(self, connection: Connection) -> bool:
        """Reserve memory for the body being received.

        Return False when there is too little; the connection is then queued for it.
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
        """Free the memory of an answered or closed connection. Yield those that may try again."""
        if connection not in self._reserved:
            return
        self._free += self._reserved.pop(connection)
        for _ in range(len(self._waiting)):
            yield self._waiting.popleft()

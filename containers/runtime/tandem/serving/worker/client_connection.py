"""A client's connection: its socket, what it is busy with, and for how long it may be."""

from __future__ import annotations

import socket
from enum import Enum, auto

from gunicorn.config import Config

from tandem.serving.worker.request_buffer import RequestBuffer
from tandem.serving.worker.wsgi import Address

_BLOCK, _LARGE_BLOCK = 1 << 16, 1 << 20
# What a request or an answer may take: so long, and a second more for each so many bytes.
_PATIENCE, _RATE = 30.0, 100_000
# How long a connection may stay half closed, and how much is read of a body that was refused.
_LINGER, _DRAINED = 2.0, 256 << 20


class Phase(Enum):
    """What a connection is busy with."""

    IDLE = auto()
    RECEIVING = auto()
    WAITING = auto()
    WORKING = auto()
    SENDING = auto()
    LINGERING = auto()


class Connection:
    """One client; `now` is a monotonic clock's seconds, `keep` those it may be idle.

    `surplus` is set where another worker should have this client: the next answer is the last.
    """

    def __init__(
        self,
        sock: socket.socket,
        peer: Address,
        buffer: RequestBuffer,
        idle_timeout: float,
        now: float,
    ) -> None:
        self.sock = sock
        self.peer = peer
        self.buffer = buffer
        self.close_after = False
        self.over_quota = False
        self._idle_timeout = idle_timeout
        self._bytes_moved = 0
        self._out = memoryview(b"")
        self.enter(Phase.IDLE, now)

    def enter(self, phase: Phase, now: float) -> None:
        """Begin a phase."""
        self.phase, self.since, self._bytes_moved = phase, now, 0

    def receive(self, now: float) -> bool:
        """Read what has come; False when the client has gone. Raises gunicorn's errors."""
        try:
            data = self.sock.recv(_BLOCK if self._bytes_moved < _BLOCK else _LARGE_BLOCK)
        except BlockingIOError:
            return True
        self._bytes_moved += len(data)
        if self.phase is Phase.LINGERING:
            return bool(data) and self._bytes_moved < _DRAINED
        if self.phase is Phase.IDLE:
            self.phase, self.since, self._bytes_moved = Phase.RECEIVING, now, len(data)
        if data:
            self.buffer.feed(data)
        return bool(data)

    def start_response(self, response: bytes, *, close: bool) -> bool:
        """Send an answer; False when some of it must wait. `last` ends the connection."""
        self.close_after = close
        self._out = memoryview(response)
        return self.send()

    def send(self) -> bool:
        """Send what waits; False when some of it must wait longer."""
        try:
            sent = self.sock.send(self._out)
        except BlockingIOError:
            return False
        self._bytes_moved += sent
        self._out = self._out[sent:]
        return not self._out

    def has_expired(self, now: float, *, stopping: bool) -> bool:
        """Return whether the connection has had its time."""
        waited = now - self.since
        if self.phase in {Phase.WORKING, Phase.WAITING}:
            return False
        if self.phase is Phase.IDLE:
            return waited > (min(self._idle_timeout, _LINGER) if stopping else self._idle_timeout)
        most = _LINGER if self.phase is Phase.LINGERING else _PATIENCE
        return waited > most + self._bytes_moved / _RATE


def make_connection(
    sock: socket.socket, peer: Address, config: Config, limit: int | None, now: float
) -> Connection:
    """Make the connection of a socket that was accepted."""
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(sock, peer, RequestBuffer(peer, config, limit), config.keepalive, now)

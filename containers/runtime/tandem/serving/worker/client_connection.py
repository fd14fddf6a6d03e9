"""A client's connection: its socket, its phase and the timeouts of each phase."""

from __future__ import annotations

import socket
from enum import Enum, auto

from gunicorn.config import Config

from tandem.serving.worker.request_buffer import RequestBuffer
from tandem.serving.worker.wsgi import Address

_BLOCK, _LARGE_BLOCK = 1 << 16, 1 << 20
# Seconds that a request or a response may take, and the bytes that earn it a second more.
_PATIENCE, _RATE = 30.0, 100_000
# Seconds a connection may stay half closed, and bytes that are read of a rejected body.
_LINGER, _DRAINED = 2.0, 256 << 20


class Phase(Enum):
    """What a connection is doing."""

    IDLE = auto()
    RECEIVING = auto()
    WAITING = auto()
    WORKING = auto()
    SENDING = auto()
    LINGERING = auto()


class Connection:
    """The connection of one client.

    `idle_timeout` is in seconds, and `now` a reading of the monotonic clock in seconds. With
    `over_quota` set, another worker should have this client: the next response closes the
    connection. `close_after` is true while the last response is being sent.
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
        """Start a phase and its timeout."""
        self.phase, self.since, self._bytes_moved = phase, now, 0

    def receive(self, now: float) -> bool:
        """Read received bytes. Return False when the client has gone. Raises gunicorn's errors."""
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
        """Send a response. Return False when a part remains; `close` ends the connection after."""
        self.close_after = close
        self._out = memoryview(response)
        return self.send()

    def send(self) -> bool:
        """Send more of the response. Return False when a part remains."""
        try:
            sent = self.sock.send(self._out)
        except BlockingIOError:
            return False
        self._bytes_moved += sent
        self._out = self._out[sent:]
        return not self._out

    def has_expired(self, now: float, *, stopping: bool) -> bool:
        """Return True when the timeout of the phase is over.

        Idle: `idle_timeout` seconds. Receiving and sending: 30 s and 1 s per 100 kB moved.
        Lingering: 2 s and the same. Working and waiting never expire.
        """
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
    """Return the connection of an accepted socket, which becomes non-blocking."""
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(sock, peer, RequestBuffer(peer, config, limit), config.keepalive, now)

"""Stops under load: a server is ended while clients arrive, send large bodies and keep connections.

A client that was connected and sent a whole request must get its answer. A connect may be refused,
and a connection that is kept may end between two requests.
"""

from __future__ import annotations

import random
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Protocol

HOST = "127.0.0.1"
ANSWERED, REFUSED, ENDED, LOST, WRONG = "answered", "refused", "ended", "lost", "wrong"
_TIMEOUT, _END = 20.0, 30.0
_ARRIVING, _SENDING, _KEEPING = 3, 2, 3
_PIECES, _PAUSE = 8, 0.02
# The load before a stop, in seconds: at least, and at most so much more.
_LEAST, _MORE = 0.15, 0.3


class Stoppable(Protocol):
    """A server that answers at a port, takes SIGTERM, and ends with an exit code."""

    port: int

    def terminate(self) -> None:
        """Send SIGTERM."""

    def code(self) -> int:
        """Wait until the server has ended, and give its exit code."""


Start = Callable[[], AbstractContextManager[Stoppable]]


@dataclass
class StopCounts:
    """The number of requests by result, the exit codes, and a sentence for each lost request."""

    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    descriptions: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Requests of connected clients without a response of status 200."""
        return self.outcomes[LOST] + self.outcomes[WRONG]


def stop_repeatedly(
    count: int, start: Start, small: bytes, large: bytes, seed: int = 0
) -> StopCounts:
    """Stop a fresh server so many times; `small` and `large` are bodies in CSV it answers."""
    counts = StopCounts()
    moments = random.Random(seed)  # noqa: S311
    for number in range(count):
        with start() as server:
            seconds = _LEAST + _MORE * moments.random()
            found = stop_server(
                server.port, server.terminate, (small, large), f"stop {number + 1}", seconds
            )
            counts.codes[server.code()] += 1
        counts.outcomes += found.outcomes
        counts.descriptions += found.descriptions
    return counts


def stop_server(
    port: int,
    terminate: Callable[[], object],
    bodies: tuple[bytes, bytes],
    name: str,
    seconds: float,
) -> StopCounts:
    """Stop one server after so many seconds of load with a small and a large body.

    A client that still has a connection 30 s later is counted as lost.
    """
    counts = StopCounts()
    clients = _create_clients(port, *bodies, name)
    for client in clients:
        client.start()
    time.sleep(seconds)
    terminate()
    end = time.monotonic() + _END
    for client in clients:
        client.join(max(0.0, end - time.monotonic()))
        counts.outcomes += client.outcomes
        counts.descriptions += client.told
        if client.is_alive():
            counts.outcomes[LOST] += 1
            counts.descriptions.append(
                f"{name}: {_END:.0f} s after the stop a client has a connection"
            )
    return counts


def _create_clients(port: int, small: bytes, large: bytes, name: str) -> list[_Client]:
    arriving = [_Client(port, small, name) for _ in range(_ARRIVING)]
    sending = [_Client(port, large, name, pieces=_PIECES) for _ in range(_SENDING)]
    keeping = [_Client(port, small, name, keeps=True) for _ in range(_KEEPING)]
    return [*arriving, *sending, *keeping]


class _Client(threading.Thread):
    """Asks until it is refused: one request a connection, or many where it `keeps` its own."""

    def __init__(
        self, port: int, body: bytes, name: str, *, pieces: int = 1, keeps: bool = False
    ) -> None:
        super().__init__(daemon=True)
        self.outcomes: Counter[str] = Counter()
        self.told: list[str] = []
        head = f"POST /invocations HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: text/csv\r\n"
        close = "" if keeps else "Connection: close\r\n"
        data = f"{head}{close}Content-Length: {len(body)}\r\n\r\n".encode() + body
        size = -(-len(data) // pieces)
        self._pieces = [data[at : at + size] for at in range(0, len(data), size)]
        self._port, self._keeps, self._about = port, keeps, f"{name}, {len(data):,} bytes"

    def run(self) -> None:
        """Send requests until no server listens."""
        while True:
            try:
                link = socket.create_connection((HOST, self._port), _TIMEOUT)
            except OSError:
                self.outcomes[REFUSED] += 1
                return
            with link:
                while self._send_once(link) and self._keeps:
                    time.sleep(_PAUSE)

    def _send_once(self, link: socket.socket) -> bool:
        """Send one request; return False when the connection has ended."""
        if select.select([link], [], [], 0)[0]:
            self.outcomes[ENDED] += 1
            return False
        began = time.monotonic()
        try:
            with suppress(ConnectionError):  # an answer may be there all the same
                for piece in self._pieces:
                    link.sendall(piece)
                    time.sleep(_PAUSE if len(self._pieces) > 1 else 0)
            answer = HTTPResponse(link)
            answer.begin()
            body = answer.read()
        except (OSError, HTTPException) as error:
            waited = time.monotonic() - began
            self._note(LOST, f"{error!r} after {waited:.3f} s")
            return False
        if answer.status != 200:
            self._note(WRONG, f"{answer.status} {body[:200]!r}")
        self.outcomes[ANSWERED] += 1
        return not answer.will_close

    def _note(self, outcome: str, text: str) -> None:
        kept = "kept" if self._keeps else "new"
        self.outcomes[outcome] += 1
        self.told.append(f"{self._about}, a {kept} connection: {text}")

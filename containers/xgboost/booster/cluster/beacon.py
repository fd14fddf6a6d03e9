"""Who is there: each host answers on a port of its own for as long as it takes part."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tandem.errors import TandemError
from tandem.kinds import listed

_GATHER_SECONDS = 900.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_ANSWER_SECONDS = 2.0
_LONGEST_WORD = 16


def address(host: str) -> str:
    """Give a host's address, which its name may lead to a while after the start only.

    Raises TandemError naming the host when it has none for 15 minutes.
    """
    for _ in _tries():
        with suppress(OSError):
            return socket.gethostbyname(host)
    raise TandemError(f"host {host} has no address")


def silent(hosts: Sequence[str], port: int) -> list[str]:
    """Give the hosts that do not answer."""
    return [host for host in hosts if ask(host, port) is None]


@contextmanager
def lit(host: str, port: int, word: int = 0) -> Iterator[None]:
    """Answer for `host` until the end, with a number."""
    with socket.create_server((address(host), port)) as server:
        threading.Thread(target=_answer, args=(server, word), daemon=True).start()
        yield


def wait_for(hosts: Sequence[str], port: int) -> None:
    """Wait until all hosts answer. Raises TandemError naming those that do not in 15 minutes."""
    missing: Sequence[str] = hosts
    for _ in _tries():
        missing = silent(hosts, port)
        if not missing:
            return
    raise TandemError(f"{listed(missing)} did not join the training within 15 minutes")


def ask(host: str, port: int) -> int | None:
    """Give the number a host answers with, or nothing when it does not answer."""
    try:
        with socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as peer:
            return int(peer.recv(_LONGEST_WORD) or b"0")
    except OSError:
        return None


def _tries() -> Iterator[None]:
    """Come round at ever longer pauses, for 15 minutes."""
    deadline, pause = time.monotonic() + _GATHER_SECONDS, _FIRST_PAUSE
    yield
    while time.monotonic() <= deadline:
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
        yield


def _answer(server: socket.socket, word: int) -> None:
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            return
        with peer, suppress(OSError):
            peer.sendall(str(word).encode())

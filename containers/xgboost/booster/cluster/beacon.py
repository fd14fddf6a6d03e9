"""Who is there: each host answers on a port of its own for as long as it takes part."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tandem.errors import TandemError
from tandem.kinds import listed
from tandem.logs import logger
from tandem.stopping import Stop

_GATHER_SECONDS = 900.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_GLANCE_SECONDS = 0.5
_ANSWER_SECONDS = 2.0
_LONGEST_WORD = 16
_GONE_SECONDS = 5.0

# What a host answers that is there, and has not yet come to the point others wait for.
NOT_YET = -1


class Light:
    """What a host answers with; `word` may change."""

    def __init__(self, word: int) -> None:
        self.word = word


def address(host: str, stop: Stop) -> str:
    """Give a host's address, which its name may lead to a while after the start only.

    Raises TandemError naming the host when it has none for 15 minutes, and Stopped.
    """
    for _ in _tries(stop):
        with suppress(OSError):
            return socket.gethostbyname(host)
    raise TandemError(f"host {host} has no address")


def silent(hosts: Sequence[str], port: int) -> list[str]:
    """Give the hosts that do not answer."""
    return [host for host in hosts if ask(host, port) is None]


def gone(hosts: Sequence[str]) -> TandemError:
    """Give the error that names hosts which are there no longer."""
    verb = "does" if len(hosts) == 1 else "do"
    return TandemError(
        f"{listed(hosts)} {verb} not answer any more",
        remedy="See the log of that host for what ended it",
    )


@contextmanager
def lit(place: tuple[str, int], word: int = 0) -> Iterator[Light]:
    """Answer at an address and port until the end, with a number."""
    light = Light(word)
    with socket.create_server(place) as server:
        threading.Thread(target=_answer, args=(server, light), daemon=True).start()
        yield light


def wait_for(hosts: Sequence[str], port: int, stop: Stop, *, there: bool = False) -> None:
    """Wait until all hosts answer that they are ready.

    Where they are `there` already, one that does not answer for some seconds has gone. Raises
    TandemError naming it, or those that are not ready in 15 minutes, and Stopped.
    """
    told: Sequence[str] = ()
    missing: Sequence[str] = hosts
    heard = dict.fromkeys(hosts, time.monotonic())
    for _ in _tries(stop):
        missing = []
        for host in hosts:
            stop.check()
            word = ask(host, port)
            missing += [] if word is not None and word != NOT_YET else [host]
            if word is not None:
                heard[host] = time.monotonic()
        if not missing:
            return
        lost = [host for host in hosts if time.monotonic() - heard[host] > _GONE_SECONDS]
        if there and lost:
            raise gone(lost)
        if missing != told:
            logger.info("waiting for %s", listed(missing))
            told = missing
    raise TandemError(f"{listed(missing)} did not join the training within 15 minutes")


def ask(host: str, port: int) -> int | None:
    """Give the number a host answers with, or nothing when it does not answer."""
    try:
        with socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as peer:
            return int(peer.recv(_LONGEST_WORD) or b"0")
    except OSError:
        return None


def _tries(stop: Stop) -> Iterator[None]:
    """Come round at ever longer pauses, for 15 minutes or until a stop is asked for."""
    deadline, pause = time.monotonic() + _GATHER_SECONDS, _FIRST_PAUSE
    yield
    while time.monotonic() <= deadline:
        awake = time.monotonic() + pause
        while (left := awake - time.monotonic()) > 0:
            time.sleep(min(left, _GLANCE_SECONDS))
            stop.check()
        pause = min(2 * pause, _LONGEST_PAUSE)
        yield


def _answer(server: socket.socket, light: Light) -> None:
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            return
        with peer, suppress(OSError):
            peer.sendall(str(light.word).encode())

"""Who is there: each host answers on a port of its own for as long as it takes part."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tandem.contract import job_hosts
from tandem.contract.sigterm import Stop
from tandem.errors import join_words
from tandem.logs import logger

_ANSWER_SECONDS = 2.0
_LONGEST_WORD = 16
_GONE_SECONDS = 5.0

# What a host answers that is there, and has not yet come to the point others wait for.
NOT_YET = -1


class Light:
    """What a host answers with; `word` may change."""

    def __init__(self, word: int) -> None:
        self.word = word


def silent(hosts: Sequence[str], port: int) -> list[str]:
    """Return the hosts that do not answer."""
    return [host for host in hosts if ask(host, port) is None]


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
    for _ in job_hosts.retry(stop):
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
            raise job_hosts.make_gone_error(lost)
        if missing != told:
            logger.info("waiting for %s", join_words(missing))
            told = missing
    raise job_hosts.make_absent_error(missing, "training")


def ask(host: str, port: int) -> int | None:
    """Return the number a host answers with, or nothing when it does not answer."""
    try:
        with socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as peer:
            return int(peer.recv(_LONGEST_WORD) or b"0")
    except OSError:
        return None


def _answer(server: socket.socket, light: Light) -> None:
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            return
        with peer, suppress(OSError):
            peer.sendall(str(light.word).encode())

"""Liveness of hosts: each one answers on a port of its own as long as it takes part."""

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

_TIMEOUT_SECONDS = 2.0
_MAX_BYTES = 16
_GONE_SECONDS = 5.0

# Status of a host that is alive, and not yet at the point others wait for.
NOT_YET = -1


class LivenessStatus:
    """The number a host answers with; it may change."""

    def __init__(self, status: int) -> None:
        self.status = status


def find_silent(hosts: Sequence[str], port: int) -> list[str]:
    """Return the hosts that do not answer within 2 seconds."""
    return [host for host in hosts if request_status(host, port) is None]


@contextmanager
def open_responder(address: tuple[str, int], status: int = 0) -> Iterator[LivenessStatus]:
    """Context manager: TCP responder on (host, port); sends `status` to every connection."""
    liveness = LivenessStatus(status)
    with socket.create_server(address) as server:
        threading.Thread(target=_answer_requests, args=(server, liveness), daemon=True).start()
        yield liveness


def wait_for_hosts(hosts: Sequence[str], port: int, stop: Stop, *, reachable: bool = False) -> None:
    """Wait until all hosts answer with a status other than `NOT_YET`.

    Where they are `reachable` already, a host that is silent for 5 seconds is gone. Raises
    TandemError, naming a host that is gone or those not ready within 15 minutes, and Stopped when a
    stop is requested.
    """
    logged: Sequence[str] = ()
    missing: Sequence[str] = hosts
    last_seen = dict.fromkeys(hosts, time.monotonic())
    for _ in job_hosts.retry(stop):
        missing = []
        for host in hosts:
            stop.check()
            status = request_status(host, port)
            missing += [] if status is not None and status != NOT_YET else [host]
            if status is not None:
                last_seen[host] = time.monotonic()
        if not missing:
            return
        lost = [host for host in hosts if time.monotonic() - last_seen[host] > _GONE_SECONDS]
        if reachable and lost:
            raise job_hosts.make_gone_error(lost)
        if missing != logged:
            logger.info("waiting for %s", join_words(missing))
            logged = missing
    raise job_hosts.make_absent_error(missing, "training")


def request_status(host: str, port: int) -> int | None:
    """Return the number that a host answers with; None when it does not answer within 2 seconds."""
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_SECONDS) as peer:
            return int(peer.recv(_MAX_BYTES) or b"0")
    except OSError:
        return None


def _answer_requests(server: socket.socket, liveness: LivenessStatus) -> None:
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            return
        with peer, suppress(OSError):
            peer.sendall(str(liveness.status).encode())

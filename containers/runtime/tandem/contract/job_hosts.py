"""The other hosts of a job: waiting for their addresses, and errors for those missing."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from tandem.contract.sigterm import Stop
from tandem.errors import TandemError, join_words

_GATHER_SECONDS = 900.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_GLANCE_SECONDS = 0.5


def wait_for_address(host: str, stop: Stop) -> str:
    """Return a host's IP address, which may be resolvable only a while after the start.

    Raises TandemError when it has none for 15 minutes, and Stopped when a stop is requested.
    """
    for _ in retry(stop):
        with suppress(OSError):
            return socket.gethostbyname(host)
    raise TandemError(f"host {host} has no address")


def retry(stop: Stop, longest: float = _LONGEST_PAUSE) -> Iterator[None]:
    """Iterate with growing pauses for 15 minutes; `longest` is the longest pause in seconds.

    Raises Stopped when a stop is requested.
    """
    deadline, pause = time.monotonic() + _GATHER_SECONDS, _FIRST_PAUSE
    yield
    while time.monotonic() <= deadline:
        awake = time.monotonic() + min(pause, longest)
        while (left := awake - time.monotonic()) > 0:
            time.sleep(min(left, _GLANCE_SECONDS))
            stop.check()
        pause = min(2 * pause, _LONGEST_PAUSE)
        yield


def make_gone_error(hosts: Sequence[str]) -> TandemError:
    """Return the error for hosts that no longer respond."""
    verb = "does" if len(hosts) == 1 else "do"
    return TandemError(
        f"{join_words(hosts)} {verb} not answer any more",
        remedy="See the log of that host for what ended it",
    )


def make_absent_error(hosts: Sequence[str], what: str) -> TandemError:
    """Return the error for hosts that did not join `what` in time."""
    return TandemError(f"{join_words(hosts)} did not join the {what} within 15 minutes")

"""The other hosts of a job: their addresses, waiting for them, and naming those that are gone."""

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
    """Return a host's address, which its name may lead to a while after the start only.

    Raises TandemError naming the host when it has none for 15 minutes, and Stopped.
    """
    for _ in retry(stop):
        with suppress(OSError):
            return socket.gethostbyname(host)
    raise TandemError(f"host {host} has no address")


def retry(stop: Stop, longest: float = _LONGEST_PAUSE) -> Iterator[None]:
    """Come round at ever longer pauses, for 15 minutes or until a stop is asked for (Stopped).

    `longest` is the longest pause in seconds.
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
    """Return the error that names hosts which are there no longer."""
    verb = "does" if len(hosts) == 1 else "do"
    return TandemError(
        f"{join_words(hosts)} {verb} not answer any more",
        remedy="See the log of that host for what ended it",
    )


def make_absent_error(hosts: Sequence[str], what: str) -> TandemError:
    """Return the error that names hosts which never came to `what`."""
    return TandemError(f"{join_words(hosts)} did not join the {what} within 15 minutes")

"""Hosts on the network: their addresses, and whether one listens yet."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

from tandem.errors import TandemError
from tandem.stopping import Stop

GATHER_SECONDS = 900.0
GLANCE_SECONDS = 0.2


def address(host: str, stop: Stop) -> str:
    """Give a host's address, which its name may lead to a while after the start only.

    Raises TandemError naming the host when it has none for 15 minutes, and Stopped.
    """
    for _ in tries(stop):
        with suppress(OSError):
            return socket.gethostbyname(host)
    raise TandemError(f"host {host} has no address")


def reach(host: str, port: int, stop: Stop) -> str:
    """Wait until a host listens on a port; gives its address.

    Raises TandemError naming the host when it does not in 15 minutes, and Stopped.
    """
    place = address(host, stop)
    for _ in tries(stop):
        with suppress(OSError), socket.create_connection((place, port), timeout=2):
            return place
    raise TandemError(f"host {host} did not join the fit within 15 minutes")


def tries(stop: Stop) -> Iterator[None]:
    """Come round every so often, for 15 minutes or until a stop is asked for."""
    deadline = time.monotonic() + GATHER_SECONDS
    while time.monotonic() <= deadline:
        yield
        time.sleep(GLANCE_SECONDS)
        stop.check()

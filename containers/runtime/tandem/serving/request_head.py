"""A parser for the heads of simple requests: a strict subset of HTTP.

A head that is outside the subset may still be valid: gunicorn's parser, which is slower, decides.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

END = b"\r\n\r\n"
# Longer ones are not worth remembering.
_MOST_BYTES = 4096
_HEAD = re.compile(
    rb"POST (/[\w./~-]*) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+)\r\n"
)
# Headers that change how a request is read or answered; `Connection: keep-alive` does not.
_SPECIAL = frozenset(
    [b"transfer-encoding", b"connection", b"expect", b"upgrade", b"http2-settings", b"trailer"]
)
_KEPT = b"connection: keep-alive"


class RequestHead(NamedTuple):
    """What the fast path needs of a request's head; `length` is the body's, in bytes."""

    path: str
    length: int
    content_type: str | None
    accept: str | None
    attributes: str | None


@lru_cache(maxsize=256)
def parse_head(head: bytes) -> RequestHead | None:
    """Parse a head, its empty line included. Return None when it is outside the subset."""
    match = _HEAD.fullmatch(head) if len(head) <= _MOST_BYTES else None
    if match is None:
        return None
    fields: dict[bytes, bytes] = {}
    for line in match[2].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in fields or (name in _SPECIAL and line.lower() != _KEPT):
            return None
        fields[name] = value.strip(b" \t")
    length = fields.get(b"content-length", b"")
    if b"host" not in fields or not length.isdigit() or len(length) > 15:
        return None
    return RequestHead(
        match[1].decode("ascii"),
        int(length),
        _to_text(fields.get(b"content-type")),
        _to_text(fields.get(b"accept")),
        _to_text(fields.get(b"x-amzn-sagemaker-custom-attributes")),
    )


def _to_text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")

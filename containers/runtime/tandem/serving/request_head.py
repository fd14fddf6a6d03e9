"""Reads the heads of plain requests: a strict part of HTTP, beyond which gunicorn's parser decides.

A head that is not read here is not wrong. It is read again, slower, and by everybody's rules.
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
# What changes how a request is read or answered; `Connection: keep-alive` changes nothing.
_SPECIAL = frozenset(
    [b"transfer-encoding", b"connection", b"expect", b"upgrade", b"http2-settings", b"trailer"]
)
_KEPT = b"connection: keep-alive"


class RequestHead(NamedTuple):
    """What the lane wants to know of a request; `length` is the body's, in bytes."""

    path: str
    length: int
    content_type: str | None
    accept: str | None
    attributes: str | None


@lru_cache(maxsize=256)
def parse_head(head: bytes) -> RequestHead | None:
    """Read a head, its empty line included; None for one that is not plain."""
    found = _HEAD.fullmatch(head) if len(head) <= _MOST_BYTES else None
    if found is None:
        return None
    fields: dict[bytes, bytes] = {}
    for line in found[2].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in fields or (name in _SPECIAL and line.lower() != _KEPT):
            return None
        fields[name] = value.strip(b" \t")
    length = fields.get(b"content-length", b"")
    if b"host" not in fields or not length.isdigit() or len(length) > 15:
        return None
    return RequestHead(
        found[1].decode("ascii"),
        int(length),
        _text(fields.get(b"content-type")),
        _text(fields.get(b"accept")),
        _text(fields.get(b"x-amzn-sagemaker-custom-attributes")),
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")

"""RecordIO frames: magic, length, payload, padding to four bytes; little-endian.

The top three bits of the length say that a payload was cut where the magic number stood in it:
0 whole, 1 the first part, 2 a middle one, 3 the last (dmlc-core, `recordio.h`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tandem.errors import BadData, Where

_HEAD = struct.Struct("<II")
_MAGIC = 0xCED7230A
_LENGTH_BITS = 29
_WHOLE, _FIRST, _LAST = 0, 1, 3


def payloads(body: bytes, file: str | None = None) -> Iterator[bytes]:
    """Give the payloads of a body. Raises BadData naming the record that is broken."""
    parts: list[bytes] = []
    at = 0
    row = 1
    while at < len(body):
        where = Where(file, row)
        if len(body) - at < _HEAD.size:
            raise BadData("the RecordIO frame is cut off", where=where)
        magic, word = _HEAD.unpack_from(body, at)
        flag, length = word >> _LENGTH_BITS, word & (1 << _LENGTH_BITS) - 1
        at += _HEAD.size
        if magic != _MAGIC:
            raise BadData("is not RecordIO: the magic number is not there", where=where)
        if length > len(body) - at or (flag in {_WHOLE, _FIRST}) == bool(parts) or flag > _LAST:
            raise BadData("the RecordIO frame is cut off", where=where)
        parts.append(body[at : at + length])
        at += -(-length // 4) * 4
        if flag in {_WHOLE, _LAST}:
            yield struct.pack("<I", _MAGIC).join(parts)
            parts = []
            row += 1
    if parts:
        raise BadData("the RecordIO frame is cut off", where=Where(file, row))


def frame(payload: bytes) -> bytes:
    """Write one payload, not cut, as SageMaker's readers take it."""
    return _HEAD.pack(_MAGIC, len(payload)) + payload + b"\0" * (-len(payload) % 4)

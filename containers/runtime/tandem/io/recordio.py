"""RecordIO frames: magic, length, payload, padding to four bytes; little-endian.

The top three bits of the length say that a payload was cut where the magic number stood in it:
0 whole, 1 the first part, 2 a middle one, 3 the last (dmlc-core, `recordio.h`).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from tandem.errors import BadData, Location
from tandem.io.streams import Stream

_HEAD = struct.Struct("<II")
_MAGIC = 0xCED7230A
_LENGTH_BITS = 29
_WHOLE, _FIRST, _LAST = 0, 1, 3


def read_payloads(body: bytes, file: str | None = None) -> Iterator[bytes]:
    """Yield the payloads of a body. Raises BadData when a record is damaged."""
    for payload, _ in read_records(io.BytesIO(body), file):
        yield payload


def read_records(stream: Stream, file: str | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Yield each payload of a stream with its frames, without reading ahead.

    Raises BadData when a record is damaged.
    """
    parts: list[bytes] = []
    frames: list[bytes] = []
    row = 1
    while head := stream.read(_HEAD.size):
        cut = BadData("the RecordIO frame is cut off", where=Location(file, row))
        if len(head) < _HEAD.size:
            raise cut
        magic, word = _HEAD.unpack(head)
        flag, length = word >> _LENGTH_BITS, word & (1 << _LENGTH_BITS) - 1
        if magic != _MAGIC:
            raise BadData(
                "is not RecordIO: the magic number is not there", where=Location(file, row)
            )
        data = stream.read(-(-length // 4) * 4)
        if len(data) < length or (flag in {_WHOLE, _FIRST}) == bool(parts) or flag > _LAST:
            raise cut
        parts.append(data[:length])
        frames += [head, data]
        if flag in {_WHOLE, _LAST}:
            yield struct.pack("<I", _MAGIC).join(parts), b"".join(frames)
            parts, frames = [], []
            row += 1
    if parts:
        raise BadData("the RecordIO frame is cut off", where=Location(file, row))


def write_frame(payload: bytes) -> bytes:
    """Return one payload as a single frame, as SageMaker's readers expect it."""
    return _HEAD.pack(_MAGIC, len(payload)) + payload + b"\0" * (-len(payload) % 4)

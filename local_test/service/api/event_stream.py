"""Messages of event streams: frames with typed headers and checksums.

Source: Smithy, 'Amazon Event Stream Specification': a message is the prelude (both lengths and
their CRC-32), the headers, the payload and the CRC-32 of all before it; integers are big-endian.
"""

import json
import struct
import zlib
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7
_FRAME_BYTES = 16  # prelude and last checksum


def encode_event(kind: str, payload: bytes) -> bytes:
    """Return the message of an event whose payload is a blob."""
    headers = {":message-type": "event", ":event-type": kind}
    return _encode(headers | {":content-type": "application/octet-stream"}, payload)


def encode_exception(kind: str, fields: Mapping[str, str]) -> bytes:
    """Return the message of an exception of the stream's model, which ends the stream."""
    headers = {":message-type": "exception", ":exception-type": kind}
    return _encode(headers | {":content-type": "application/json"}, json.dumps(fields).encode())


def _encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    packed = b"".join(_encode_header(name, value) for name, value in headers.items())
    total = _FRAME_BYTES + len(packed) + len(payload)
    prelude = struct.pack("!II", total, len(packed))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + packed + payload
    return message + struct.pack("!I", zlib.crc32(message))


def _encode_header(name: str, value: str) -> bytes:
    text = value.encode()
    return (
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(text)) + text
    )

"""The part of the protocol buffers wire format that `aialgs.data.Record` needs.

Source: Protocol Buffers documentation, "Encoding". A field is a varint key, number * 8 + wire type,
and a payload: wire type 0 is a varint, 1 eight bytes, 2 a length and bytes, 5 four bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
_FIXED = {EIGHT: 8, FOUR: 4}
_LONGEST_VARINT = 10


class MalformedMessage(ValueError):
    """The bytes are not a valid message."""


def read_fields(message: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Yield each field's number, wire type and payload; a varint's payload is its own bytes.

    Raises MalformedMessage when the message is cut off or has another wire type.
    """
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        kind = key & 7
        start = at
        if kind == VARINT:
            _, at = _read_varint(message, at)
        elif kind == BYTES:
            length, start = _read_varint(message, at)
            at = start + length
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            raise MalformedMessage(f"wire type {kind}")
        if at > len(message):
            raise MalformedMessage("a field ends behind its message")
        yield key >> 3, kind, message[start:at]


def read_varints(payload: memoryview) -> list[int]:
    """Read consecutive varints. Raises MalformedMessage when one does not end."""
    values = []
    at = 0
    while at < len(payload):
        value, at = _read_varint(payload, at)
        values.append(value)
    return values


def read_floats(payload: memoryview) -> list[float]:
    """Read consecutive float32 numbers. Raises MalformedMessage when one is cut off."""
    return _unpack(payload, "f", 4)


def read_doubles(payload: memoryview) -> list[float]:
    """Read consecutive float64 numbers. Raises MalformedMessage when one is cut off."""
    return _unpack(payload, "d", 8)


def _unpack(payload: memoryview, kind: str, size: int) -> list[float]:
    # Not by NumPy, which warns of the bits of some NaNs, to whoever sends them.
    if len(payload) % size:
        raise MalformedMessage("a number is cut off")
    return list(struct.unpack(f"<{len(payload) // size}{kind}", payload))


def write_field(number: int, payload: bytes) -> bytes:
    """Serialize a field of wire type 2 (length and bytes)."""
    return write_varint(number << 3 | BYTES) + write_varint(len(payload)) + payload


def write_varint(value: int) -> bytes:
    """Serialize a varint."""
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(message[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + shift + 1
    raise MalformedMessage("a varint does not end")

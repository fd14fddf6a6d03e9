"""Binary records of an object: RecordIO and TFRecord.

A record is passed with its frame, or as its payload only.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from local_test.errors import UserError

_MAGIC = 0xCED7230A
_RECORD_IO = struct.Struct("<II")
_TF_RECORD = struct.Struct("<QI")
_CHECK_BYTES = 4


def read_record_io(source: BinaryIO, *, payload_only: bool) -> Iterator[tuple[int, bytes]]:
    """Yield (number from 1, RecordIO record). Raises UserError when a record is invalid."""
    number = 0
    while head := source.read(_RECORD_IO.size):
        number += 1
        if len(head) < _RECORD_IO.size or _RECORD_IO.unpack(head)[0] != _MAGIC:
            raise _make_error(number, "RecordIO")
        length = _RECORD_IO.unpack(head)[1]
        padded = source.read(length + -length % 4)
        if len(padded) < length:
            raise _make_error(number, "RecordIO")
        yield number, padded[:length] if payload_only else head + padded


def read_tf_record(source: BinaryIO, *, payload_only: bool) -> Iterator[tuple[int, bytes]]:
    """Yield (number from 1, TFRecord record). Raises UserError when a record is truncated."""
    number = 0
    while head := source.read(_TF_RECORD.size):
        number += 1
        length = _TF_RECORD.unpack(head)[0] if len(head) == _TF_RECORD.size else 0
        rest = source.read(length + _CHECK_BYTES)
        if len(head) < _TF_RECORD.size or len(rest) < length + _CHECK_BYTES:
            raise _make_error(number, "TFRecord")
        yield number, rest[:length] if payload_only else head + rest


def _make_error(number: int, kind: str) -> UserError:
    return UserError(f"record {number} is no whole {kind} record", "choose another split")

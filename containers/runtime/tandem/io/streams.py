"""Byte streams, decompressed while they are read."""

from __future__ import annotations

import io
import zlib
from typing import Any, BinaryIO, Protocol, cast

from tandem.errors import BadData, Location

_GZIP = b"\x1f\x8b"
# Tells zlib to read gzip's header, and to check the sum and the size after the data.
_WITH_HEADER = 16 + zlib.MAX_WBITS
_COMPRESSED_BYTES = 1 << 18


class Stream(Protocol):
    """A stream of bytes, read from the start to the end."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, all that are left where it is negative, none at the end."""

    def seekable(self) -> bool:
        """Return whether the stream can be read in another order too."""


def decompress(stream: BinaryIO, name: str) -> BinaryIO:
    """Return a stream decompressed if it starts with gzip's magic number, else as it is.

    Reading raises BadData when the compressed data are damaged or cut off.
    """
    if not isinstance(stream, io.BufferedReader) or not stream.peek(2).startswith(_GZIP):
        return stream
    return cast("BinaryIO", io.BufferedReader(_GzipReader(stream, name), _COMPRESSED_BYTES))


class _GzipReader(io.RawIOBase):
    """The members of a gzip file, decompressed: `gzip.GzipFile` takes 8 KiB at a time."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        super().__init__()
        self._stream, self._name = stream, name
        self._member = zlib.decompressobj(_WITH_HEADER)
        self._compressed = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any, /) -> int:
        """Fill the target as far as one run of compressed bytes reaches; 0 at the end."""
        data = b""
        while not data and self._find_data():
            try:
                data = self._member.decompress(self._compressed, len(target))
            except zlib.error as error:
                raise self._make_error() from error
            self._compressed = self._member.unconsumed_tail
        target[: len(data)] = data
        return len(data)

    def _find_data(self) -> bool:
        """Have compressed bytes; return False at the end of the file, after a whole member."""
        if self._member.eof:  # another member may follow, or zeros that fill a block
            rest = self._member.unused_data.lstrip(b"\0")
            while not rest and (more := self._stream.read(_COMPRESSED_BYTES)):
                rest = more.lstrip(b"\0")
            if not rest:
                return False
            self._member, self._compressed = zlib.decompressobj(_WITH_HEADER), rest
        self._compressed = self._compressed or self._stream.read(_COMPRESSED_BYTES)
        if not self._compressed:
            raise self._make_error()
        return True

    def _make_error(self) -> BadData:
        return BadData("the gzip data are damaged or cut off", where=Location(self._name))


def peek(stream: BinaryIO, size: int) -> bytes:
    """Return up to `size` of the next bytes, without consuming them; none only at the end.

    Raises BadData when the compressed data are damaged.
    """
    if not isinstance(stream, io.BufferedReader):
        return b""
    return stream.peek(size)[:size]


class LastByteStream:
    """A stream that remembers the last byte read."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.last_byte = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        data = self._stream.read(size)
        self.last_byte = data[-1:] or self.last_byte
        return data

    def seekable(self) -> bool:
        """Return False: it can only be read from the start to the end."""
        return False

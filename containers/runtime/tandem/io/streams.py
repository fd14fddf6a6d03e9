"""Byte streams, decompressed while they are read."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol, cast

from tandem.errors import BadData, Location

_GZIP = b"\x1f\x8b"


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
    return cast("BinaryIO", _Unzipped(stream, name))


class _Unzipped(gzip.GzipFile):
    def __init__(self, stream: BinaryIO, name: str) -> None:
        super().__init__(fileobj=stream)
        self._name = name

    def seekable(self) -> bool:
        return False  # it can, by reading all over again

    def read(self, size: int | None = -1) -> bytes:
        with self._whole():
            return super().read(size)

    def peek(self, n: int) -> bytes:
        with self._whole():
            return super().peek(n)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            damaged = "the gzip data are damaged or cut off"
            raise BadData(damaged, where=Location(self._name)) from error


def peek(stream: BinaryIO, size: int) -> bytes:
    """Return up to `size` of the next bytes, without consuming them; none only at the end.

    Raises BadData when the compressed data are damaged.
    """
    if not isinstance(stream, io.BufferedReader | gzip.GzipFile):
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

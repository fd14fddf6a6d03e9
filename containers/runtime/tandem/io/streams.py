"""Files as they are read: compressed ones are unpacked on the way."""

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
    """Bytes that are read from the beginning to the end."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, all that are left where it is negative, none at the end."""

    def seekable(self) -> bool:
        """Return whether other orders of reading are possible as well."""


def decompress(stream: BinaryIO, name: str) -> BinaryIO:
    """Return a stream unpacked where it begins as gzip does, else as it is.

    Reading raises BadData where the compressed data are damaged or cut off.
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
    """Return some of the first bytes of a stream, which are read again afterwards.

    As many as `size` or a few, none at the end alone. Raises BadData as reading does.
    """
    if not isinstance(stream, io.BufferedReader | gzip.GzipFile):
        return b""
    return stream.peek(size)[:size]


class LastByteStream:
    """A stream that remembers how it ended."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.last_byte = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        data = self._stream.read(size)
        self.last_byte = data[-1:] or self.last_byte
        return data

    def seekable(self) -> bool:
        """Return whether other orders of reading are possible: not here."""
        return False

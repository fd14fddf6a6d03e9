"""The members of an untrusted archive, each checked before a byte of it is used.

Sizes are those on disk: a sparse file counts as a whole one, and each entry takes a block more.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from tandem.errors import UserError
from tandem.io.streams import Stream

RATIO = 100
LEAST, MOST = 256 << 20, 30 << 30
ENTRY = 4096
"""Bytes an entry takes on disk beside its content."""
_HEADERS = 1 << 20
_BLOCK = 1 << 20
_LONGEST_NAME, _LONGEST_PART, _DEEPEST = 1024, 255, 64
_SHOWN = 80
_OPENERS: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZ": bz2.open,
    b"\xfd7": lzma.open,
}


class ArchiveMembers:
    """The members of an archive, with the content of files, within a limit in bytes."""

    def __init__(self, archive: Path, limit: int | None) -> None:
        self._archive = archive
        self._limit = limit or min(max(RATIO * archive.stat().st_size, LEAST), MOST)
        self._total = 0

    def __iter__(self) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
        with self._archive.open("rb") as raw:
            bounded = _Bounded(_decompress(raw), self._limit + _HEADERS)
            with tarfile.open(fileobj=cast("IO[bytes]", bounded), mode="r|") as tar:
                while (member := tar.next()) is not None:
                    cast("Any", tar).members = []  # which it would keep, each of them
                    size = member.size if member.isfile() else 0
                    _check_size(member, size)
                    self.charge(size + ENTRY)
                    bounded.left = size + _HEADERS
                    content = tar.extractfile(member) if member.isfile() else None
                    yield member, content
                    while content is not None and content.read(_BLOCK):
                        pass
                    bounded.left = _HEADERS
                bounded.check_end(tar.offset)

    def charge(self, size: int) -> None:
        """Count bytes written to disk. Raises UserError when they exceed the limit."""
        self._total += size
        if self._total > self._limit:
            raise _make_too_large_error(self._limit)


class _Bounded:
    """A decompressed stream of which `left` bytes may be read now, and `most` in all."""

    def __init__(self, stream: Stream, most: int) -> None:
        self.left = _HEADERS
        self._stream = stream
        self._most = most
        self._place = self._end = 0

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes. Raises UserError when `most` is exceeded."""
        data = self._stream.read(size)
        self._place += len(data)
        self.left -= len(data)
        if self._place > self._most:
            raise _make_too_large_error(self._most - _HEADERS)
        if self.left < 0:
            raise tarfile.ReadError("a header is larger than 1 MB")
        if data and not data.endswith(b"\0"):
            self._end = self._place
        elif content := data.rstrip(b"\0"):
            self._end = self._place - len(data) + len(content)
        return data

    def check_end(self, end: int) -> None:
        """Read to the end, where a checksum may be. Only zeros may follow the last member."""
        self.left = self._most
        while self.read(_BLOCK):
            pass
        if self._end > end:
            raise tarfile.ReadError("there is no valid header after its last readable member")


def _decompress(raw: IO[bytes]) -> Stream:
    start = raw.read(2)
    raw.seek(0)
    return cast("Stream", _OPENERS.get(start, lambda plain: plain)(raw))


def check_member(member: tarfile.TarInfo) -> tuple[str, ...]:
    """Return the parts of a member's name. Raises ReadError when it must not be unpacked."""
    parts = split_name(member.name)
    name = os.fsencode(member.name)
    problem = ""
    if not (member.isfile() or member.isdir()):
        problem = "is a link or a device"
    elif ".." in parts:
        problem = "points outside of the archive"
    elif member.isfile() and not parts:
        problem = "is a file without a name"
    elif b"\0" in name:
        problem = "has a zero byte in its name"
    elif len(name) > _LONGEST_NAME or any(len(os.fsencode(p)) > _LONGEST_PART for p in parts):
        problem = f"has a name longer than {_LONGEST_NAME} bytes, or {_LONGEST_PART} in one part"
    elif len(parts) > _DEEPEST:
        problem = f"is more than {_DEEPEST} folders deep"
    if problem:
        raise tarfile.ReadError(f"{quote_name(member.name)} {problem}")
    return parts


def _check_size(member: tarfile.TarInfo, size: int) -> None:
    """Raise ReadError for a negative size, or overlapping or outlying pieces of a sparse file."""
    place = 0
    for start, length in getattr(member, "sparse", None) or ():
        if length:  # GNU tar fills its map with empty pieces
            place = start + length if start >= place and length > 0 else size + 1
    if member.size < 0 or place > size:
        raise tarfile.ReadError(f"{quote_name(member.name)} has no valid size")


def split_name(name: str) -> tuple[str, ...]:
    """Return the parts of a name below the folder an archive is unpacked into."""
    return PurePosixPath(name.lstrip("/")).parts


def quote_name(name: str) -> str:
    """Return a member's name, quoted and shortened, for error messages."""
    return repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}...")


def _make_too_large_error(limit: int) -> UserError:
    return UserError(
        f"unpacks to more than {limit >> 20} MB",
        remedy="Set TANDEM_MAX_UNPACKED_MB to the size it has, if you trust it",
    )

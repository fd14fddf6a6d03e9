"""The members of an archive, each checked before its content is read.

Sizes are those on disk: a sparse file counts as a whole one, and each entry takes a block more.
Hosting takes no links (Developer Guide, 'How Amazon SageMaker AI Processes Training Output').
"""

import gzip
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from local_test.errors import UserError

LIMIT_RATIO = 100
MIN_LIMIT, MAX_LIMIT = 256 << 20, 30 << 30
HIGHEST_LIMIT = 512 << 30
"""The largest content that can be allowed: as much as a volume of the service has at most."""
ENTRY_BYTES = 4096
"""Bytes an entry takes on disk beside its content."""
_HEADERS = 1 << 20
_BLOCK = 1 << 20
_MAX_NAME_BYTES, _MAX_PART_BYTES, _MAX_DEPTH = 1024, 255, 64
_SHOWN = 80


class ArchiveMembers:
    """The members of a `.tar.gz`, with the content of those that are files.

    `limit` is the largest content in bytes, `name` is how errors call the archive. Raises UserError
    when the content is larger, or a member is neither a file nor a folder.
    """

    def __init__(self, archive: Path, limit: int | None, name: str) -> None:
        self._archive = archive
        self._name = name
        self._limit = compute_unpacked_limit(archive, limit)
        self._total = 0

    def __iter__(self) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
        with gzip.open(self._archive, "rb") as packed:
            bounded = _Bounded(packed, self)
            with tarfile.open(fileobj=cast("IO[bytes]", bounded), mode="r|") as tar:
                while (member := tar.next()) is not None:
                    cast("Any", tar).members = []  # which it would keep, each of them
                    self._check_size(member)
                    size = member.size if member.isreg() else 0
                    self.add_size(size + ENTRY_BYTES)
                    bounded.left = size + _HEADERS
                    content = tar.extractfile(member) if member.isreg() else None
                    yield member, content
                    while content is not None and content.read(_BLOCK):
                        pass
                    bounded.left = _HEADERS
                bounded.check_end(tar.offset)

    def add_size(self, size: int) -> None:
        """Add bytes to the total on disk. Raises UserError when it exceeds the limit."""
        self._total += size
        self.check_total(self._total)

    def check_total(self, size: int) -> None:
        """Raise UserError when a size in bytes exceeds the limit."""
        if size > self._limit:
            raise make_size_error(self._name, self._limit)

    def split_name(self, member: tarfile.TarInfo) -> tuple[str, ...]:
        """Return the parts of a member's path. Raises UserError when it must not be unpacked."""
        parts = PurePosixPath(member.name).parts
        name = os.fsencode(member.name)
        if not (member.isreg() or member.isdir()):
            raise self.make_error(member.name, "is a link or a device, which hosting refuses")
        if name.startswith(b"/") or ".." in parts:
            raise self.make_error(member.name, "points outside of the archive")
        if member.isreg() and not parts:
            raise self.make_error(member.name, "is a file without a name")
        if b"\0" in name:
            raise self.make_error(member.name, "has a zero byte in its name")
        if len(name) > _MAX_NAME_BYTES or any(len(os.fsencode(p)) > _MAX_PART_BYTES for p in parts):
            longest = f"{_MAX_NAME_BYTES} bytes, or {_MAX_PART_BYTES} in one part"
            raise self.make_error(member.name, f"has a name longer than {longest}")
        if len(parts) > _MAX_DEPTH:
            raise self.make_error(member.name, f"is more than {_MAX_DEPTH} folders deep")
        return parts

    def make_error(self, name: str, problem: str) -> UserError:
        """Return the error about a member."""
        shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
        return UserError(
            f"{self._name}: member {shown!r} {problem}",
            "pack plain files and folders, each once, with paths inside of the archive",
        )

    def _check_size(self, member: tarfile.TarInfo) -> None:
        """Raise UserError when a size is negative, or the pieces of a sparse file overlap."""
        position = 0
        for start, length in getattr(member, "sparse", None) or ():
            if length:  # GNU tar fills its map with empty pieces
                position = start + length if start >= position and length > 0 else member.size + 1
        if member.size < 0 or position > member.size:
            raise self.make_error(member.name, "has no valid size")


class _Bounded:
    """A decompressed stream; `left` is how many bytes may be read before the next member."""

    def __init__(self, stream: gzip.GzipFile, members: ArchiveMembers) -> None:
        self.left = _HEADERS
        self._stream = stream
        self._members = members
        self._position = self._end = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._position += len(data)
        self.left -= len(data)
        self._members.check_total(self._position - _HEADERS)
        if self.left < 0:
            raise tarfile.ReadError("a header is larger than 1 MB")
        if data and not data.endswith(b"\0"):
            self._end = self._position
        elif content := data.rstrip(b"\0"):
            self._end = self._position - len(data) + len(content)
        return data

    def check_end(self, end: int) -> None:
        """Read to the end, to verify the checksum. Raises ReadError when more data follow."""
        self.left = HIGHEST_LIMIT
        while self.read(_BLOCK):
            pass
        if self._end > end:
            raise tarfile.ReadError("there is no valid header after its last readable member")


def compute_unpacked_limit(archive: Path, limit: int | None) -> int:
    """Return how many bytes a compressed file may unpack to.

    That is `limit`, or else 100 times the compressed size, within 256 MB and 30 GB.
    """
    return limit or min(max(LIMIT_RATIO * archive.stat().st_size, MIN_LIMIT), MAX_LIMIT)


def make_size_error(name: str, limit: int) -> UserError:
    """Return the error about a compressed file that unpacks to more than `limit` bytes."""
    return UserError(
        f"{name} unpacks to more than {limit >> 20} MB",
        "allow more with --max-model-size, if you trust it",
    )

"""Untrusted archives, unpacked within limits, completely or not at all.

Names, kinds and sizes are checked before a byte is written. Sizes are those on disk: a sparse file
counts as a whole one, and each entry takes a block more. The `filter` of `TarFile.extract` does a
part of this, and is missing before Python 3.11.4.
"""

from __future__ import annotations

import errno
import lzma
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tandem.errors import Location, UserError
from tandem.io.archive_members import ENTRY, ArchiveMembers, check_member, quote_name, split_name

PARTIAL = ".partial-"
"""First part of the name of a folder into which an archive is being unpacked."""
_BLOCK = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT}
# Hostile headers make tarfile raise more than errors of its own.
_DAMAGE = (
    tarfile.TarError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    ArithmeticError,
    LookupError,
    RecursionError,
)


def unpack(archive: Path, target: Path, limit: int | None = None) -> None:
    """Unpack an archive into an empty folder, completely or not at all, with relative names.

    Args:
        archive: A tar file, compressed or not.
        target: A folder, made where it is missing.
        limit: Bytes its content may have; by default 100 times those of the archive, but at least
            256 MB and at most 30 GB.

    Raises:
        UserError: It is damaged or too large, it has anything but plain files and folders inside
            of it, or the disk has no room. The error names the member.
    """
    target.mkdir(parents=True, exist_ok=True)
    for left in target.glob(f"{PARTIAL}*"):  # of a process that was killed
        shutil.rmtree(left)
    with _explain_errors(archive):
        aside = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=target))
        try:
            _write_members(ArchiveMembers(archive, limit), aside)
            for entry in list(aside.iterdir()):
                entry.rename(target / entry.name)
        finally:
            shutil.rmtree(aside)


def read_member(archive: Path, name: str, limit: int | None = None) -> bytes | None:
    """Return the content of one file at the top of an archive, or None where it is missing.

    Raises UserError when the archive is damaged or too large, or has the file twice.
    """
    data: bytes | None = None
    with _explain_errors(archive):
        for member, content in ArchiveMembers(archive, limit):
            if content is not None and split_name(member.name) == (name,):
                if data is not None:
                    raise tarfile.ReadError(f"{name!r} is in it twice")
                data = content.read()
    return data


def _write_members(members: ArchiveMembers, root: Path) -> None:
    created = {root}
    for member, content in members:
        place = root.joinpath(*check_member(member))
        folders = [place, *place.parents][: len(place.parts) - len(root.parts) + 1]
        for folder in reversed(folders if content is None else folders[1:]):
            if folder not in created:
                members.charge(ENTRY)
                _make_folder(folder, root)
                created.add(folder)
        if content is not None:
            _write(member, content, place)


def _make_folder(folder: Path, root: Path) -> None:
    try:
        folder.mkdir()
    except FileExistsError as error:
        name = str(folder.relative_to(root))
        raise tarfile.ReadError(f"{quote_name(name)} is both a file and a folder") from error


def _write(member: tarfile.TarInfo, content: IO[bytes], place: Path) -> None:
    if member.size > shutil.disk_usage(place.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    try:
        file = place.open("xb")
    except FileExistsError as error:
        what = "is both a file and a folder" if place.is_dir() else "is in it twice"
        raise tarfile.ReadError(f"{quote_name(member.name)} {what}") from error
    with file:
        shutil.copyfileobj(content, file, _BLOCK)
    place.chmod(0o755 if member.mode & 0o100 else 0o644)


@contextmanager
def _explain_errors(archive: Path) -> Iterator[None]:
    where = Location(file=str(archive))
    plain = "It must be a .tar.gz of plain files with paths inside of it"
    try:
        yield
    except UserError as error:
        raise error.add_location(file=str(archive)) from None
    except OSError as error:
        full = error.errno in _FULL
        remedy = "Give the job or the endpoint a larger volume" if full else plain
        what = f"cannot be unpacked ({error.strerror or error})"
        raise UserError(what, where=where, remedy=remedy) from error
    except _DAMAGE as error:
        raise UserError(f"cannot be unpacked ({error})", where=where, remedy=plain) from error

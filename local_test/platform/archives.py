"""Model archives: how `model.tar.gz` is packed after a job and unpacked before hosting.

Source: Developer Guide, 'How Amazon SageMaker AI Processes Training Output': members are relative
and hosting takes no links.
"""

import gzip
import shutil
import stat
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from local_test.errors import UserError

_BLOCK = 1 << 20


def entries(directory: Path) -> Iterator[Path]:
    """Give everything below `directory` in a fixed order; a link or device is a UserError."""
    for path in sorted(directory.iterdir()):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield path
            yield from entries(path)
        elif stat.S_ISREG(mode):
            yield path
        else:
            kind = "a link" if stat.S_ISLNK(mode) else "neither a file nor a folder"
            raise UserError(
                f"{path} is {kind}, which hosting refuses", "put a copy of the file there"
            )


def pack(directory: Path, archive: Path) -> None:
    """Write the content of `directory` as a `.tar.gz` whose bytes depend on that content alone.

    Raises UserError where the directory holds a link, and leaves no archive then.
    """
    members = list(entries(directory))
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in members:
            _add(tar, path, path.relative_to(directory).as_posix())


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    info = tarfile.TarInfo(name)
    status = path.stat()
    info.mode = 0o755 if stat.S_ISDIR(status.st_mode) or status.st_mode & 0o100 else 0o644
    if path.is_dir():
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        return
    info.size = status.st_size
    with path.open("rb") as content:
        tar.addfile(info, content)


def unpack(archive: Path, directory: Path) -> None:
    """Unpack a `.tar.gz` into `directory`; nothing is ever written outside of it.

    A damaged archive, a link, an absolute name or one that climbs out is a UserError naming it.
    """
    try:
        with gzip.open(archive, "rb") as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                for member in tar:
                    _extract(tar, member, archive, directory)
            while packed.read(_BLOCK):  # the checksum stands behind the last byte
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(
            f"{archive} is not a whole .tar.gz archive ({error})",
            "make it again with `tar -C MODEL_DIR -czf model.tar.gz .`",
        ) from error


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path, into: Path) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise UserError(f"{archive}: member {member.name!r} points outside of the archive")
    target = into / name
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
    elif member.isreg():
        target.parent.mkdir(parents=True, exist_ok=True)
        content: IO[bytes] | None = tar.extractfile(member)
        if content is not None:
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file, _BLOCK)
            target.chmod(0o755 if member.mode & 0o100 else 0o644)
    else:
        raise UserError(
            f"{archive}: member {member.name!r} is a link or a device, which hosting refuses"
        )

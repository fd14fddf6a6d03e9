"""Model archives: how `model.tar.gz` is packed after a job and unpacked before hosting.

Source: Developer Guide, 'How Amazon SageMaker AI Processes Training Output': members are relative
and hosting takes no links.
"""

import gzip
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from local_test.errors import UserError
from local_test.platform.archive_members import ENTRY_BYTES, ArchiveMembers
from local_test.platform.disk_space import check_space, translate_disk_full

_BLOCK = 1 << 20
_BOTH = "is both a file and a folder"
_DAMAGE = (
    tarfile.TarError,
    EOFError,
    zlib.error,
    gzip.BadGzipFile,
    ValueError,
    ArithmeticError,
    LookupError,
    RecursionError,
)


def list_entries(directory: Path) -> Iterator[Path]:
    """Yield all paths below `directory`, sorted. Raises UserError when one is a link or device."""
    for path in sorted(directory.iterdir()):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield path
            yield from list_entries(path)
        elif stat.S_ISREG(mode):
            yield path
        else:
            kind = "a link" if stat.S_ISLNK(mode) else "neither a file nor a folder"
            raise UserError(
                f"{path} is {kind}, which hosting refuses", "put a copy of the file there"
            )


def pack(directory: Path, archive: Path) -> None:
    """Write the content of `directory` as a reproducible `.tar.gz`.

    Raises UserError when the directory has a link; no archive is written then.
    """
    members = list(list_entries(directory))
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


def unpack(archive: Path, directory: Path, limit: int | None = None, name: str = "") -> None:
    """Unpack a `.tar.gz` into a new or empty directory, all of it or nothing.

    `limit` is the largest content in bytes; by default 100 times the size of the archive, but at
    least 256 MB and at most 30 GB. Raises UserError when the archive is damaged or hostile, and
    DiskFull when the disk is full; both call the archive by `name`, or by its path.
    """
    name = name or str(archive)
    aside = Path(tempfile.mkdtemp(prefix=".partial-", dir=directory.parent))
    try:
        with _translate_damage(name), translate_disk_full(f"{name} cannot be unpacked"):
            _write_members(ArchiveMembers(archive, limit, name), aside)
        aside.chmod(0o755)
        aside.rename(directory)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_members(members: ArchiveMembers, root: Path) -> None:
    folders = {root}
    for member, content in members:
        parts = members.split_name(member)
        for depth in range(1, len(parts) + (content is None)):
            folder = root.joinpath(*parts[:depth])
            if folder in folders:
                continue
            members.add_size(ENTRY_BYTES)
            try:
                folder.mkdir()
            except FileExistsError as error:
                name = "/".join(parts[:depth])
                raise members.make_error(name, _BOTH) from error
            folders.add(folder)
        if content is not None:
            _write_file(members, member, content, root.joinpath(*parts))


def _write_file(
    members: ArchiveMembers, member: tarfile.TarInfo, content: IO[bytes], path: Path
) -> None:
    check_space(path.parent, member.size)
    try:
        file = path.open("xb")
    except FileExistsError as error:
        problem = _BOTH if path.is_dir() else "is in it twice"
        raise members.make_error(member.name, problem) from error
    with file:
        shutil.copyfileobj(content, file, _BLOCK)
    path.chmod(0o755 if member.mode & 0o100 else 0o644)


@contextmanager
def _translate_damage(name: str) -> Iterator[None]:
    """Raise UserError for each error that a damaged or hostile archive causes."""
    try:
        yield
    except _DAMAGE as error:
        raise UserError(
            f"{name} is not a whole .tar.gz archive ({error})",
            "make it again with `tar -C MODEL_DIR -czf model.tar.gz .`",
        ) from error

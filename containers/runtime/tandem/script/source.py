"""Where a program's code comes from: a folder, a channel, an archive, or S3; always copied."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path

from tandem.errors import UserError, Where
from tandem.paths import Paths
from tandem.script import remote
from tandem.script.program import CODE, PROGRAM, SUBMIT_DIRECTORY, Program

ARCHIVE = "sourcedir.tar.gz"
_UNPACKED_LIMIT = 1 << 30
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".git", ".ipynb_checkpoints")


def provide(program: Program, paths: Paths) -> Path:
    """Lay the program's code into a folder that can be written to, and give that folder.

    It is `code` below the platform's root, as scripts expect, where that can be made. Raises
    UserError when the code is not there, is damaged or lacks the program, where one is named.
    """
    target = _target(paths)
    if not any(target.iterdir()):
        _fill(target, program, paths)
    if program.name and not (target / program.name).is_file():
        there = ", ".join(sorted(path.name for path in target.iterdir())[:20]) or "nothing"
        raise UserError(
            f"the code holds no {program.name!r}", remedy=f"{PROGRAM} names it; there is {there}"
        )
    return target


def locate(program: Program, paths: Paths) -> Path:
    """Give the folder of a program that serves, in place where it is a folder already.

    Raises UserError as `provide` does.
    """
    source = paths.local(program.source)
    if source.is_dir():
        if (source / program.name).is_file():
            return source
        raise UserError(
            f"holds no {program.name!r}, which SAGEMAKER_PROGRAM names or the training used",
            where=Where(file=str(source)),
        )
    target = Path(tempfile.mkdtemp(prefix="code-"))
    _unpack_or_copy(program.source, target, paths)
    return target


def keep(code: Path, target: Path) -> None:
    """Copy a folder of code into an artifact, without what belongs to one machine."""
    shutil.copytree(code, target, ignore=_LEFT_OUT, dirs_exist_ok=True)


def unpack(archive: Path, target: Path) -> None:
    """Unpack a `.tar.gz`; nothing is written outside of `target`.

    A damaged archive, a link or a member that leads out of it is a UserError naming it. (The SDK
    packs what a link leads to.)
    """
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                if tar.offset > _UNPACKED_LIMIT:
                    raise UserError("holds more than 1 GB of code", where=Where(file=str(archive)))
                _take(tar, member, target)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise UserError(
            f"cannot be unpacked ({error})",
            where=Where(file=str(archive)),
            remedy="It must be a .tar.gz of plain files with paths inside of it",
        ) from error


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Unpack one member by hand: the `filter` of tarfile came with Python 3.11.4 only."""
    place = target / member.name.lstrip("/")
    if ".." in place.relative_to(target).parts or not (member.isfile() or member.isdir()):
        raise tarfile.TarError(f"{member.name!r} is a link, a device, or leads out of it")
    if member.isdir():
        place.mkdir(parents=True, exist_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    if content is not None:
        with content, place.open("wb") as file:
            shutil.copyfileobj(content, file)
        place.chmod(0o755 if member.mode & 0o100 else 0o644)


def _target(paths: Paths) -> Path:
    folder = paths.code
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="code-"))


def _fill(target: Path, program: Program, paths: Paths) -> None:
    channel = paths.data / CODE
    if program.source:
        _unpack_or_copy(program.source, target, paths)
    elif program.name and (channel / program.name).is_file():
        keep(channel, target)
    elif (channel / ARCHIVE).is_file():
        unpack(channel / ARCHIVE, target)
    elif channel.is_dir():
        keep(channel, target)
    else:
        raise UserError(
            f"{PROGRAM} is {program.name!r}, and there is no code"
            if program.name
            else "there is no code",
            remedy=f"Give a channel '{CODE}', or {SUBMIT_DIRECTORY}",
        )


def _unpack_or_copy(source: str, target: Path, paths: Paths) -> None:
    if source.startswith("s3://"):
        with tempfile.TemporaryDirectory() as folder:
            unpack(remote.download(source, Path(folder)), target)
        return
    place = paths.local(source.removeprefix("file://"))
    if place.is_dir():
        keep(place, target)
    elif place.is_file():
        unpack(place, target)
    else:
        raise UserError(f"there is no code in {place}", remedy=f"{SUBMIT_DIRECTORY} is {source!r}")

"""The source code of a program: copied from a folder, a channel, an archive or S3."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tandem.contract.entry_point import CODE, PROGRAM, SUBMIT_DIRECTORY, EntryPoint
from tandem.contract.paths import Paths
from tandem.errors import Location, UserError
from tandem.io import archives
from tandem.io.archives import PARTIAL
from tandem.script import s3_code

ARCHIVE = "sourcedir.tar.gz"
_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", ".git", ".ipynb_checkpoints")


def prepare_code(program: EntryPoint, paths: Paths, limit: int | None = None) -> Path:
    """Copy the program's code into a writable folder, and return that folder.

    It is `code` below the platform's root, as scripts expect, if that can be created. `limit` is
    the largest unpacked size of an archive in bytes. Raises UserError when the code is missing,
    damaged or too large, or lacks the named program.
    """
    target = _make_target(paths)
    if all(path.name.startswith(PARTIAL) for path in target.iterdir()):
        _fetch_code(target, program, paths, limit)
    if program.name and not (target / program.name).is_file():
        there = ", ".join(sorted(path.name for path in target.iterdir())[:20]) or "nothing"
        raise UserError(
            f"the code holds no {program.name!r}", remedy=f"{PROGRAM} names it; there is {there}"
        )
    return target


def locate_code(program: EntryPoint, paths: Paths, limit: int | None = None) -> Path:
    """Return the folder of a program that serves; only an archive or code in S3 is copied.

    Raises UserError as `prepare_code` does.
    """
    source = paths.local(program.source)
    if source.is_dir():
        if (source / program.name).is_file():
            return source
        raise UserError(
            f"holds no {program.name!r}, which SAGEMAKER_PROGRAM names or the training used",
            where=Location(file=str(source)),
        )
    target = Path(tempfile.mkdtemp(prefix="code-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, target)
        _unpack_or_copy(program.source, target, paths, limit)
        stack.pop_all()
    return target


def copy_code(code: Path, target: Path) -> None:
    """Copy a folder of code into an artifact, without caches and version control."""
    shutil.copytree(code, target, ignore=_IGNORED, dirs_exist_ok=True)


def _make_target(paths: Paths) -> Path:
    folder = paths.code
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="code-"))


def _fetch_code(target: Path, program: EntryPoint, paths: Paths, limit: int | None) -> None:
    channel = paths.data / CODE
    if program.source:
        _unpack_or_copy(program.source, target, paths, limit)
    elif program.name and (channel / program.name).is_file():
        copy_code(channel, target)
    elif (channel / ARCHIVE).is_file():
        archives.unpack(channel / ARCHIVE, target, limit)
    elif channel.is_dir():
        copy_code(channel, target)
    else:
        raise UserError(
            f"{PROGRAM} is {program.name!r}, and there is no code"
            if program.name
            else "there is no code",
            remedy=f"Give a channel '{CODE}', or {SUBMIT_DIRECTORY}",
        )


def _unpack_or_copy(source: str, target: Path, paths: Paths, limit: int | None) -> None:
    if source.startswith("s3://"):
        with tempfile.TemporaryDirectory() as folder:
            archives.unpack(s3_code.download(source, Path(folder)), target, limit)
        return
    place = paths.local(source.removeprefix("file://"))
    if place.is_dir():
        copy_code(place, target)
    elif place.is_file():
        archives.unpack(place, target, limit)
    else:
        raise UserError(f"there is no code in {place}", remedy=f"{SUBMIT_DIRECTORY} is {source!r}")

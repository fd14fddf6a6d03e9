"""Files of the state folder: readable by their owner only, with safe names."""

import hashlib
import json
import logging
import os
import re
import tempfile
from pathlib import Path
from typing import IO, Any

from local_test.errors import UserError

_log = logging.getLogger(__name__)
_FOLDER, _FILE, _OTHERS = 0o700, 0o600, 0o077
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


def encode_file_name(name: str) -> str:
    """Return a safe file name for a name from a request.

    It is the name itself if that is plain (letters, digits, `_`, `.` and `-`, at most 128, first a
    letter or a digit), else its hash, so that it never leads out of a folder.
    """
    if _PLAIN.fullmatch(name):
        return name
    return f"={hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()}"


def make_folder(path: Path) -> Path:
    """Create a folder and its missing parents, for its owner only."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=_FOLDER, exist_ok=True)
    return path


def open_private(path: Path, mode: str, buffering: int = -1) -> IO[Any]:
    """Open a file for writing, for its owner only; text is UTF-8."""

    def create(name: str, flags: int) -> int:
        return os.open(name, flags, _FILE)

    return open(path, mode, buffering, None if "b" in mode else "utf-8", opener=create)


def write_json(path: Path, content: Any, indent: int | None = None) -> None:
    """Write a JSON file atomically."""
    temporary = path.with_name(f"{path.name}.new")
    try:
        with open_private(temporary, "w") as file:
            json.dump(content, file, indent=indent)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def append_text(path: Path, text: str) -> None:
    """Append all of the text to a file, or nothing when the disk refuses it (OSError)."""
    make_folder(path.parent)
    with open_private(path, "ab", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        rest = memoryview(text.encode())
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            file.truncate(before)
            raise


def read_lines(path: Path, what: str) -> list[dict[str, Any]]:
    """Read a file of JSON objects, one per line; return [] if there is no file.

    A last line without a line end was never answered: it is cut off and logged. Raises UserError
    when another line is no object; `what` is the message's word for one.
    """
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        _log.warning("the last line of %s was cut off and is left out", path)
        os.truncate(path, whole)
    lines = content[:whole].splitlines()
    return [_parse_object(path, number, line, what) for number, line in enumerate(lines, start=1)]


def _parse_object(path: Path, number: int, line: bytes, what: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise UserError(
            f"{path} cannot be read: line {number} is no {what}",
            "remove the line, or choose another --state",
        )
    return content


def prepare_state_folder(folder: Path) -> None:
    """Create a state folder, or restrict the rights on an existing one to its owner.

    Of a folder that others may enter, all files are restricted; links are left alone. Raises
    UserError when the folder holds more than a service's state, or cannot be created.
    """
    resolved = folder.resolve()
    shared = [Path.home(), Path(tempfile.gettempdir())]
    if any(other.resolve().is_relative_to(resolved) for other in shared):
        raise UserError(f"--state {folder} is not for the service alone", "name a folder in it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot create the state directory {folder}: {error.strerror}",
            "choose a directory with --state",
        ) from error
    if not folder.stat().st_mode & _OTHERS:
        return  # nobody else reaches what is in it
    for root, _, names in os.walk(folder):
        Path(root).chmod(_FOLDER)
        for name in names:
            path = Path(root) / name
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & _FOLDER)

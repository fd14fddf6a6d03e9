"""Files of the state folder: readable by their owner alone, under names any text can have."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import IO, Any

_FOLDER, _FILE = 0o700, 0o600
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


def file_name(name: str) -> str:
    """Return the name of the file that stands for a name from a request.

    It is the name itself where that is plain (letters, digits, `_`, `.` and `-`, 128 at most, not
    beginning with a dot), else a hash of it, so it never leads out of a folder.
    """
    if _PLAIN.fullmatch(name):
        return name
    return f"={hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()}"


def make_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing, for its owner alone."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=_FOLDER, exist_ok=True)
    return path


def open_private(path: Path, mode: str) -> IO[Any]:
    """Open a file to be written to by its owner alone; text is UTF-8."""

    def create(name: str, flags: int) -> int:
        return os.open(name, flags, _FILE)

    return open(path, mode, encoding=None if "b" in mode else "utf-8", opener=create)


def write_json(path: Path, content: Any, indent: int | None = None) -> None:
    """Write a JSON file whole or not at all."""
    aside = path.with_name(f"{path.name}.new")
    with open_private(aside, "w") as file:
        json.dump(content, file, indent=indent)
    aside.replace(path)


def tighten(folder: Path) -> None:
    """Take everybody else's rights away from a state folder and all that is in it."""
    for root, _, names in os.walk(folder):
        Path(root).chmod(_FOLDER)
        for name in names:
            (Path(root) / name).chmod(_FILE)

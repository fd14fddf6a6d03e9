"""Files of JSON that a job reads and writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tandem.errors import BadData, Location, UserError
from tandem.io.atomic_write import write_atomic


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object of JSON as a whole; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomic(path, f"{text}\n".encode())


def find_file(path: Path) -> Path:
    """Return a file that is named itself, or the only file of a named folder.

    Raises UserError when there is none.
    """
    found = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if len(found) != 1 or not found[0].is_file():
        raise UserError(f"the baseline is missing: {path}", remedy="Give the job the file")
    return found[0]


def read_json(path: Path) -> Any:
    """Read an object of JSON. Raises UserError for no file, BadData for other content."""
    file = find_file(path)
    try:
        content = json.loads(file.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadData("is no JSON", where=Location(file=file.name)) from error
    if not isinstance(content, dict):
        raise BadData("is no object of JSON", where=Location(file=file.name))
    return content

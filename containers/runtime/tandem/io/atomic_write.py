"""Writing files so that a reader sees the whole file or none."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_atomic(path: Path, content: bytes) -> None:
    """Write `content` to `path` through a temporary name, flushed to disk before the rename.

    Raises OSError (no space, read-only) with nothing left under `path` that was not there before.
    """
    write_parts_atomic(path, [content])


def write_parts_atomic(path: Path, parts: Iterable[bytes]) -> None:
    """Write parts, one after the other, to `path` as `write_atomic` does.

    Raises OSError, and whatever the iteration of `parts` raises, with nothing left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            for part in parts:
                stream.write(part)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

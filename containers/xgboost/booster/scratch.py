"""Where temporary files go: a folder on a disk, as files on a tmpfs are memory."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")  # Linux alone has it
OTHER = Path("/var/tmp")  # noqa: S108 - tempfile makes the names
_MEMORY = {"tmpfs", "ramfs"}


def place() -> Path:
    """Give the folder for temporary files; another than the usual one where that is memory."""
    usual = Path(tempfile.gettempdir())
    if in_memory(usual) and not in_memory(OTHER) and os.access(OTHER, os.W_OK | os.X_OK):
        return OTHER
    return usual


def in_memory(folder: Path) -> bool:
    """Say whether files in a folder are memory; False where the system does not tell."""
    kinds = {}
    text = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.exists() else ""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        kinds[Path(_plain(before.split()[4]))] = after.split()[0]
    whole = folder.resolve()
    kind = next((kinds[part] for part in (whole, *whole.parents) if part in kinds), None)
    return kind in _MEMORY


def _plain(escaped: str) -> str:
    """Undo the kernel's way to write a blank: backslash and three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), escaped)

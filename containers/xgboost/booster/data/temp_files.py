"""Temporary files on a disk: files on a tmpfs are memory."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOUNTS = Path("/proc/self/mountinfo")  # on Linux only
FALLBACK_FOLDER = Path("/var/tmp")  # noqa: S108 - tempfile makes the names
_MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs"}


class TempFile:
    """An unnamed temporary file, closed with this object."""

    def __init__(self) -> None:
        # Closed with this object.
        self._file = tempfile.TemporaryFile(dir=choose_folder())  # noqa: SIM115

    def write(self, values: NDArray[Any]) -> int:
        """Append values and return the byte offset of the first. Raises OSError when that fails."""
        offset = self._file.seek(0, os.SEEK_END)
        self._file.write(values.reshape(-1).view(np.uint8).data)
        self._file.flush()
        return offset

    def read(self, offset: int, values: NDArray[Any]) -> None:
        """Fill `values` from a byte offset on."""
        self._file.seek(offset)
        self._file.readinto(values.reshape(-1).view(np.uint8).data)

    def __del__(self) -> None:
        self._file.close()


def choose_folder() -> Path:
    """Return the folder for temporary files: the system's, or /var/tmp where that is a tmpfs."""
    usual = Path(tempfile.gettempdir())
    if (
        is_in_memory(usual)
        and not is_in_memory(FALLBACK_FOLDER)
        and os.access(FALLBACK_FOLDER, os.W_OK | os.X_OK)
    ):
        return FALLBACK_FOLDER
    return usual


def is_in_memory(folder: Path) -> bool:
    """Return whether a folder's files are in memory; False where the system does not say."""
    kinds = {}
    text = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.exists() else ""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        kinds[Path(_unescape(before.split()[4]))] = after.split()[0]
    whole = folder.resolve()
    kind = next((kinds[part] for part in (whole, *whole.parents) if part in kinds), None)
    return kind in _MEMORY_FILE_SYSTEMS


def _unescape(escaped: str) -> str:
    """Decode the kernel's octal escapes in /proc/self/mountinfo."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), escaped)

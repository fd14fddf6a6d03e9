"""The memory that this process uses, may use, and can release."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from pathlib import Path

from tandem.contract.settings import MEGABYTE, Settings
from tandem.machine.cgroup import memory_limit

_SHARE = 0.9
# Peak bytes of loading a model for each byte of its file, checked by the benchmark `multi_model`:
# a binary format is read into arrays, a text format into an object for each value.
BINARY, TEXT = 8, 16
_TEXT_START = frozenset(b' \t\r\n"[}')


def compute_budget(settings: Settings) -> int:
    """Return the bytes a multi-model server may use: the setting, or 90% of the memory limit."""
    if settings.models_memory is not None:
        return settings.models_memory * MEGABYTE
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(_SHARE * min(memory_limit() or total, total))


def estimate_load_memory(folder: Path) -> int:
    """Return the estimated peak bytes of loading the files of a folder."""
    return sum(_estimate(path) for path in folder.rglob("*") if path.is_file())


def read_resident_memory() -> int:
    """Return the resident memory of this process in bytes (Linux)."""
    return _read_pages()[0]


def read_anonymous_memory() -> int:
    """Return the resident memory of this process that is no file's, in bytes (Linux)."""
    resident, files = _read_pages()
    return resident - files


def release_memory() -> None:
    """Run the garbage collector and return free memory to the system, where glibc can."""
    gc.collect()
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _read_pages() -> tuple[int, int]:
    """Return the resident memory, and the part of it that is of files, in bytes."""
    _, resident, files, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
    size = os.sysconf("SC_PAGE_SIZE")
    return int(resident) * size, int(files) * size


def _estimate(path: Path) -> int:
    with path.open("rb") as file:
        start = file.read(2)
    # JSON continues with text after its first brace, UBJSON with the marker of a length.
    text = start[:1] == b"[" or (start[:1] == b"{" and start[1:] and start[1] in _TEXT_START)
    return path.stat().st_size * (TEXT if text else BINARY)

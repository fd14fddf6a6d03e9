"""How much memory this process uses, may use, and can give back."""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path

from tandem.serving.sizing import memory_limit
from tandem.settings import MEGABYTE, Settings

_SHARE = 0.9


def budget(settings: Settings) -> int:
    """Give the bytes a multi-model server may use: as set, or a share of the limit or the host."""
    if settings.models_memory is not None:
        return settings.models_memory * MEGABYTE
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(_SHARE * min(memory_limit() or total, total))


def resident() -> int:
    """Give the bytes of memory this process uses now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Collect what nothing refers to and return free memory to the system, where glibc can."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

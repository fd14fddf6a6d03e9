"""Libraries of our own, compiled from C when the package was built or installed."""

from __future__ import annotations

import ctypes
from pathlib import Path


def load_library(source: Path) -> ctypes.CDLL | None:
    """Return what a file in C was compiled to.

    None where it is not there, or for another machine.
    """
    try:
        return ctypes.CDLL(str(source.with_name(f"lib{source.stem}.so")))
    except OSError:
        return None

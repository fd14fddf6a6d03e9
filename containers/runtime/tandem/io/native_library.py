"""Shared libraries compiled from C files of this project when its packages are built."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from numpy.typing import NDArray


def load_library(source: Path) -> ctypes.CDLL | None:
    """Load the library compiled from a C file.

    Return None when it is missing, or compiled for another machine.
    """
    try:
        return ctypes.CDLL(str(source.with_name(f"lib{source.stem}.so")))
    except OSError:
        return None


def find_address(values: NDArray[Any]) -> int:
    """Return the address of an array's first value, in a fifth of the time of `values.ctypes`."""
    address: int = values.__array_interface__["data"][0]
    return address

"""Shared libraries compiled from C files of this project when its packages are built."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from numpy.typing import NDArray


def load_library(source: Path, *functions: str) -> ctypes.CDLL | None:
    """Load the library compiled from a C file, which has these functions.

    Return None when it is missing, compiled for another machine, or compiled from an older file: a
    function that takes other arguments than before has another name.
    """
    try:
        library = ctypes.CDLL(str(source.with_name(f"lib{source.stem}.so")))
    except OSError:
        return None
    return library if all(hasattr(library, name) for name in functions) else None


def find_address(values: NDArray[Any]) -> int:
    """Return the address of an array's first value, in a fifth of the time of `values.ctypes`."""
    address: int = values.__array_interface__["data"][0]
    return address

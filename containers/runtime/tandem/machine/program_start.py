"""Imports of a program's start, without what takes time and is of no use to them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from tandem.contract import settings


@contextmanager
def import_quickly() -> Iterator[None]:
    """Context manager: import large packages without collecting garbage.

    Modules stay: to look through what they have made finds nothing, now and at each later
    collection. Threads of OpenBLAS that start now sleep at once instead of spinning for 20 ms each.
    """
    gc.disable()
    try:
        with settings.let_blas_threads_sleep():
            yield
    finally:
        gc.freeze()
        gc.enable()

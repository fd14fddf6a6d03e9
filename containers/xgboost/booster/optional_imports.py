"""Packages of the image that a library imports where it finds them, and can do without."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hide_packages(*names: str) -> Iterator[None]:
    """Context manager: make imports of these packages fail, unless they are imported already.

    Afterwards they can be imported as before.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None stops the search
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]

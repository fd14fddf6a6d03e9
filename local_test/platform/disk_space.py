"""Disk space: errors that name the full disk."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_test.errors import DiskFull

_FULL = {errno.ENOSPC, errno.EDQUOT}


def check_space(folder: Path, size: int) -> None:
    """Raise OSError (ENOSPC) when `size` bytes do not fit on the disk of `folder`."""
    if size > shutil.disk_usage(folder).free:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))


@contextmanager
def translate_disk_full(what: str) -> Iterator[None]:
    """Raise DiskFull, its sentence beginning with `what`, for the OSError of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        where = f" of {error.filename}" if error.filename else ""
        raise DiskFull(f"{what}: the disk{where} is full", "free some space there") from error

"""Room on the disk: what does not fit is a sentence that names the disk."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_test.errors import DiskFull

_FULL = {errno.ENOSPC, errno.EDQUOT}


def check_space(folder: Path, size: int) -> None:
    """Refuse to begin writing `size` bytes where there is less room (OSError)."""
    if size > shutil.disk_usage(folder).free:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))


@contextmanager
def translate_disk_full(what: str) -> Iterator[None]:
    """Turn the error of a full disk into a NoSpace that begins with `what`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        where = f" of {error.filename}" if error.filename else ""
        raise DiskFull(f"{what}: the disk{where} is full", "free some space there") from error

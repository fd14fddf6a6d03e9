"""Keeps the start of files in the page cache that a program reads again and again.

The kernel gives up the page that was used the longest time ago. Of files that are read from start
to end, and again, that is the page which is needed next: where they do not fit as a whole, nothing
is found in the cache. Pages that are touched between two passes stay, and are read from the disk
once.
"""

from __future__ import annotations

import mmap
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tandem.contract.settings import MEGABYTE
from tandem.logs import logger
from tandem.machine.process_memory import read_anonymous_memory

THREAD = "page-cache"
# Seconds between two touches: less than a pass over files that do not fit takes.
_PAUSE = 0.5
# Bytes touched at a time, between which the interpreter is free for others.
_RUN = 16 * MEGABYTE
# Of the limit, an eighth is left to pages that pass through, and to what the process may need next.
_LEFT = 8


@contextmanager
def keep_in_cache(folder: Path, limit: int) -> Iterator[None]:
    """Context manager: keep as much of a folder's files cached as `limit` bytes of memory allow.

    The process's own memory comes first. Files may come and go. On Linux only; elsewhere the system
    alone decides.
    """
    if sys.platform != "linux":
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(
        target=_touch_files, args=(folder, limit, ended), name=THREAD, daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _touch_files(folder: Path, limit: int, ended: threading.Event) -> None:
    while not ended.wait(_PAUSE):
        try:
            room = limit - limit // _LEFT - read_anonymous_memory()
            touch(sorted(folder.iterdir()), room, ended)
        except OSError as error:
            logger.warning("files of %s are not kept in the page cache: %s", folder, error)
            return


def touch(files: Iterable[Path], room: int, ended: threading.Event) -> None:
    """Use each page of the first `room` bytes of some files, in their order."""
    for file in files:
        with suppress(FileNotFoundError), file.open("rb") as opened:
            size = min(file.stat().st_size, room)
            if size <= 0:
                continue
            room -= size
            with mmap.mmap(opened.fileno(), size, prot=mmap.PROT_READ) as pages:
                for start in range(0, size, _RUN):
                    if ended.is_set():
                        return
                    pages[start : start + _RUN : mmap.PAGESIZE]
                    # Unmapped, a page is marked as used, and the process is no larger.
                    pages.madvise(mmap.MADV_DONTNEED, start, min(_RUN, size - start))

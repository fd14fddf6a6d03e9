"""The start of files stays in the page cache while others are given up."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tandem.contract.settings import MEGABYTE
from tandem.machine import page_cache
from tandem.machine.process_memory import read_anonymous_memory, read_resident_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's page cache")
SIZE = 40 * MEGABYTE


def count_cached(file: Path) -> int:
    """Return how many bytes of a file are in the page cache."""
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as pages:
        place = ctypes.c_char.from_buffer(pages)
        states = (ctypes.c_ubyte * (len(pages) // mmap.PAGESIZE))()
        library = ctypes.CDLL(None, use_errno=True)
        told = library.mincore(
            ctypes.c_void_p(ctypes.addressof(place)), ctypes.c_size_t(len(pages)), states
        )
        del place
    assert told == 0, os.strerror(ctypes.get_errno())
    return sum(state & 1 for state in states) * mmap.PAGESIZE


def write_uncached(file: Path) -> Path:
    with file.open("wb") as opened:
        opened.write(os.urandom(SIZE))
        opened.flush()
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if count_cached(file):
        pytest.skip("this file system keeps files in memory")
    return file


def test_the_first_bytes_are_touched_in_the_order_of_the_files(tmp_path: Path) -> None:
    first, second = write_uncached(tmp_path / "a"), write_uncached(tmp_path / "b")
    page_cache.touch([first, second], SIZE + SIZE // 4, threading.Event())
    assert count_cached(first) == SIZE
    assert SIZE // 4 <= count_cached(second) < SIZE
    page_cache.touch([tmp_path / "gone"], SIZE, threading.Event())
    page_cache.touch([first, second], 0, threading.Event())
    page_cache.touch([first, second], -MEGABYTE, threading.Event())


def test_an_end_is_seen_between_two_runs(tmp_path: Path) -> None:
    file, ended = write_uncached(tmp_path / "a"), threading.Event()
    ended.set()
    page_cache.touch([file], SIZE, ended)
    assert count_cached(file) == 0


def test_touched_pages_are_not_added_to_the_process(tmp_path: Path) -> None:
    program = """
import sys, threading
from pathlib import Path
from tandem.machine import page_cache
def read_peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
before = read_peak()
page_cache.touch([Path(sys.argv[1])], int(sys.argv[2]), threading.Event())
print(read_peak() - before)
"""
    file = write_uncached(tmp_path / "a")
    command = [sys.executable, "-c", program, str(file), str(SIZE)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(printed) < SIZE * 3 // 4  # a run of 16 MiB at a time, and what is read around it
    assert 0 < read_anonymous_memory() < read_resident_memory()


def test_files_are_kept_while_the_context_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "_PAUSE", 0.01)
    folder, written = tmp_path / "kept", write_uncached(tmp_path / "a")
    folder.mkdir()
    with page_cache.keep_in_cache(folder, read_anonymous_memory() + 4 * SIZE):
        file = written.rename(folder / "a")  # files may come later
        until = time.monotonic() + 30
        while count_cached(file) < SIZE and time.monotonic() < until:
            time.sleep(0.01)
    assert count_cached(file) == SIZE
    assert not [one for one in threading.enumerate() if one.name == page_cache.THREAD]


def test_a_folder_that_goes_ends_it_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(page_cache, "_PAUSE", 0.01)
    with page_cache.keep_in_cache(tmp_path / "gone", SIZE):
        until = time.monotonic() + 30
        while not caplog.records and time.monotonic() < until:
            time.sleep(0.01)
    (record,) = caplog.records
    assert "are not kept in the page cache: " in record.getMessage()

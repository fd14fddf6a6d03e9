"""A small disk, to be filled; mounting one needs root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mount_small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a small file system in memory; the test is skipped where that is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid():
        pytest.skip("mounting a small disk needs root")
    words = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    mounted = subprocess.run(words, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)

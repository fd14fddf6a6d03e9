"""Finds what a killed runner left on this machine: temporary folders and processes."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local_test.process_identity import ProcessIdentity
from local_test.workspace import PREFIX, RUNNER_FILE, remove_tree

_BASE = b"SAGEMAKER_BASE_DIR="


@dataclass(frozen=True)
class Leftover:
    """A leftover container, network, process or folder.

    `runner` is the process that made it, None if it is not recorded.
    """

    kind: str
    name: str
    runner: ProcessIdentity | None
    remove: Callable[[], None]

    @property
    def orphaned(self) -> bool:
        """Return whether the process that made it has ended."""
        return self.runner is not None and self.runner.has_ended()


def find_leftovers() -> Iterator[Leftover]:
    """Yield the user's temporary folders, each after the processes that run in it."""
    folders = [path for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if _is_ours(path)]
    for folder in sorted(folders):
        runner = _read_runner(folder)
        for pid in _find_programs(folder):
            yield Leftover("process", str(pid), runner, partial(_kill, pid))
        yield Leftover("folder", str(folder), runner, partial(_remove, folder))


def _is_ours(path: Path) -> bool:
    try:
        return path.is_dir() and not path.is_symlink() and path.stat().st_uid == os.getuid()
    except OSError:
        return False


def _read_runner(folder: Path) -> ProcessIdentity | None:
    try:
        return ProcessIdentity.parse((folder / RUNNER_FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _find_programs(folder: Path) -> Iterator[int]:
    """Yield the ids of the user's processes whose `/opt/ml` is below a folder."""
    inside = _BASE + os.fsencode(folder) + b"/"
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if entry.stat().st_uid == os.getuid():
                variables = (entry / "environ").read_bytes().split(b"\0")
                if any(variable.startswith(inside) for variable in variables):
                    yield int(entry.name)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):  # another sweep was quicker
        remove_tree(folder)

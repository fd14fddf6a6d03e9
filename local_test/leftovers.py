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
    programs = _find_programs() if folders else []
    for folder in sorted(folders):
        runner = _read_runner(folder)
        for pid in (pid for pid, base in programs if folder in base.parents):
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


def _find_programs() -> list[tuple[int, Path]]:
    """Return the ids of the user's processes in containers, each with the folder of `/opt/ml`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if entry.stat().st_uid == os.getuid():
                for variable in (entry / "environ").read_bytes().split(b"\0"):
                    if variable.startswith(_BASE):
                        base = os.fsdecode(variable.removeprefix(_BASE))
                        found.append((int(entry.name), Path(base)))
    return found


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):  # another sweep was quicker
        remove_tree(folder)

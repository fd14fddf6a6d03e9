"""The memory of this machine, and of the containers that run on it.

Source: proc(5), `/proc/meminfo` and `/proc/PID/smaps_rollup`. Other systems have no such files.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from local_test.errors import UserError

_PROC = Path("/proc")
_KILOBYTE = 1024
_MEGABYTE = 1_000_000
_PARENT = re.compile(r".*\) \S (\d+) ", re.DOTALL)


def check_instance_memory(what: str, pids: Iterable[int | None], proc: Path = _PROC) -> None:
    """Check that memory is left for one more instance like the one of these processes.

    `pids` are the first processes of its containers. Nothing is checked where the system does not
    say how much is used. Raises UserError when less memory is available than the instance uses.
    """
    available = _read_kilobytes(proc / "meminfo", "MemAvailable")
    parents = _list_parents(proc)
    used = sum(_measure_tree(proc, pid, parents) for pid in pids if pid is not None)
    if available is not None and available * _KILOBYTE < used:
        raise UserError(
            f"not enough memory for {what}: an instance uses {used // _MEGABYTE} MB, and "
            f"{available * _KILOBYTE // _MEGABYTE} MB are available",
            "free memory, or give the variant fewer instances",
        )


def _measure_tree(proc: Path, pid: int, parents: dict[int, int]) -> int:
    """Return the memory of a process and its descendants in bytes; shared pages count in part."""
    family, found = {pid}, True
    while found:
        children = {child for child, parent in parents.items() if parent in family} - family
        family |= children
        found = bool(children)
    sizes = (_read_kilobytes(proc / str(one) / "smaps_rollup", "Pss") for one in family)
    return sum(size * _KILOBYTE for size in sizes if size is not None)


def _list_parents(proc: Path) -> dict[int, int]:
    """Return the parent of each process."""
    parents = {}
    for folder in proc.glob("[0-9]*"):
        text = _read_text(folder / "stat")
        if (match := _PARENT.match(text)) is not None:
            parents[int(folder.name)] = int(match[1])
    return parents


def _read_kilobytes(path: Path, name: str) -> int | None:
    match = re.search(rf"^{name}:\s+(\d+) kB", _read_text(path), re.MULTILINE)
    return None if match is None else int(match[1])


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not this system, not ours to read, or ended meanwhile
        return ""

"""A process and its descendants: the memory and the processor time that they use.

Source: proc(5), `/proc/PID/stat` and `/proc/PID/smaps_rollup`. Other systems have no such files.
"""

import os
import re
from pathlib import Path

PROC = Path("/proc")
KILOBYTE = 1024
_STAT = re.compile(r".*\) \S (?P<parent>\d+) (?:\S+ ){9}(?P<times>(?:\d+ ){4})", re.DOTALL)


def measure_memory(pid: int, proc: Path = PROC) -> int:
    """Return the memory of a process and its descendants in bytes; shared pages count in part."""
    sizes = (
        read_kilobytes(proc / str(one) / "smaps_rollup", "Pss")
        for one in _find_family(pid, _read_stats(proc))
    )
    return sum(size * KILOBYTE for size in sizes if size is not None)


def measure_processor_seconds(pid: int, proc: Path = PROC) -> float:
    """Return the processor time of a process, its descendants and those that have ended."""
    stats = _read_stats(proc)
    ticks = sum(stats[one][1] for one in _find_family(pid, stats) if one in stats)
    return ticks / os.sysconf("SC_CLK_TCK")


def read_kilobytes(path: Path, name: str) -> int | None:
    """Return a line's value in a file such as `/proc/meminfo`, None where it is missing."""
    match = re.search(rf"^{name}:\s+(\d+) kB", _read_text(path), re.MULTILINE)
    return None if match is None else int(match[1])


def _find_family(pid: int, stats: dict[int, tuple[int, int]]) -> set[int]:
    family, found = {pid}, True
    while found:
        children = {child for child, (parent, _) in stats.items() if parent in family} - family
        family |= children
        found = bool(children)
    return family


def _read_stats(proc: Path) -> dict[int, tuple[int, int]]:
    """Return the parent of each process, and its processor time in ticks of the system."""
    stats = {}
    for folder in proc.glob("[0-9]*"):
        match = _STAT.match(_read_text(folder / "stat"))
        if match is not None:
            ticks = sum(int(word) for word in match["times"].split())
            stats[int(folder.name)] = (int(match["parent"]), ticks)
    return stats


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not this system, not ours to read, or ended meanwhile
        return ""

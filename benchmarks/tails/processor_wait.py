"""How long processes that could run waited for a processor, from the kernel's own counts.

Sources: `/proc/PID/task/TID/schedstat` (nanoseconds run, nanoseconds waited, time slices; kernel's
sched-stats.rst), the column `steal` of `/proc/stat`, what the host gave to others (proc(5)), and
`cpu.stat` of a control group, how long it was stopped as its share was spent (cgroup-v2.rst,
sched-bwc.rst).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import process_tree

_PROC, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
_STEAL = 8
# Where a group of version 2 and of version 1 has the time it was stopped, and seconds of its unit.
_THROTTLED = (("", "throttled_usec", 1e-6), ("cpu", "throttled_time", 1e-9))


@dataclass(frozen=True)
class ProcessorTime:
    """Counts at one moment, in seconds: `ran` and `waited` of each process.

    `stolen` is of all processors, `throttled` how long the session's control group was stopped.
    """

    ran: Mapping[int, float]
    waited: Mapping[int, float]
    stolen: float
    throttled: float

    def since(self, before: ProcessorTime) -> ProcessorTime:
        """Return what was added since an earlier moment."""
        return ProcessorTime(
            {pid: seconds - before.ran.get(pid, 0) for pid, seconds in self.ran.items()},
            {pid: seconds - before.waited.get(pid, 0) for pid, seconds in self.waited.items()},
            self.stolen - before.stolen,
            self.throttled - before.throttled,
        )

    @property
    def busiest(self) -> float:
        """The part of all processor time that the busiest process had."""
        return max(self.ran.values(), default=0.0) / max(sum(self.ran.values()), 1e-9)


def read_times(session: int, proc: Path = _PROC, groups: Path = _GROUPS) -> ProcessorTime:
    """Read the counts of all threads of a session's processes."""
    ran, waited = dict[int, float](), dict[int, float]()
    for folder in process_tree.list_members(session, proc):
        fields = [_read_thread(thread) for thread in _list_threads(folder)]
        ran[int(folder.name)] = sum(field[0] for field in fields) / 1e9
        waited[int(folder.name)] = sum(field[1] for field in fields) / 1e9
    throttled = _read_throttled_seconds(proc / str(session) / "cgroup", groups)
    return ProcessorTime(ran, waited, _read_stolen_seconds(proc), throttled)


def _read_throttled_seconds(membership: Path, groups: Path) -> float:
    """Return how long the control group of a process was stopped, 0 where it has no limit."""
    lines = membership.read_text(encoding="utf-8").splitlines()
    paths = {line.split(":", 2)[1]: line.split(":", 2)[2].lstrip("/") for line in lines}
    for controller, field, unit in _THROTTLED:
        with suppress(KeyError, FileNotFoundError):
            file = groups / controller / paths[controller] / "cpu.stat"
            counts = dict(line.split() for line in file.read_text(encoding="ascii").splitlines())
            return int(counts[field]) * unit
    return 0.0


def _read_stolen_seconds(proc: Path) -> float:
    fields = (proc / "stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return int(fields[_STEAL]) / os.sysconf("SC_CLK_TCK")


def _list_threads(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return list((folder / "task").iterdir())
    return []


def _read_thread(folder: Path) -> tuple[int, int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        ran, waited, _ = (folder / "schedstat").read_text(encoding="ascii").split()
        return int(ran), int(waited)
    return 0, 0

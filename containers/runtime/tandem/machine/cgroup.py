"""The CPU quota and the memory limit of this container, read from its cgroup (version 2 or 1).

`os.cpu_count()` counts the host's processors, also where the container may use a part of them.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60


def cpu_quota(root: Path = ROOT) -> float:
    """Return how many CPUs this process may use: the lesser of its affinity and the quota."""
    cpus = float(_count_processors())
    version_2 = _read(root / "cpu.max").split()
    if len(version_2) == 2 and version_2[0].isdigit():
        return min(cpus, int(version_2[0]) / int(version_2[1]))
    quota = _read(root / "cpu" / "cpu.cfs_quota_us")
    period = _read(root / "cpu" / "cpu.cfs_period_us")
    if quota.isdigit() and period.isdigit() and int(period):
        return min(cpus, int(quota) / int(period))
    return cpus


def memory_limit(root: Path = ROOT) -> int | None:
    """Return the cgroup's memory limit in bytes, or None where there is none."""
    for path in (root / "memory.max", root / "memory" / "memory.limit_in_bytes"):
        text = _read(path)
        if text.isdigit() and int(text) < _UNLIMITED:
            return int(text)
    return None


def _count_processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""

"""How many workers a container should have: from the CPU quota and the memory limit it really has.

`os.cpu_count()` counts the host's processors, whatever share of them the container may use.
"""

from __future__ import annotations

import math
import os
import resource
from dataclasses import dataclass
from pathlib import Path

from tandem.contract.settings import MEGABYTE

_CGROUP = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60


@dataclass(frozen=True)
class Sizing:
    """The number of workers and the arithmetic behind it."""

    workers: int
    reason: str


def size(asked: int | None, root: Path = _CGROUP) -> Sizing:
    """Choose the number of workers; call it once the model is loaded, as its memory counts."""
    if asked is not None:
        return Sizing(asked, "SAGEMAKER_MODEL_SERVER_WORKERS")
    cpus = cpu_quota(root)
    memory = memory_limit(root)
    resident = _largest_resident_memory()
    by_memory = max(1, int(0.8 * memory / resident)) if memory else math.inf
    workers = int(max(1, min(math.ceil(cpus), by_memory)))
    limit = f"{memory // MEGABYTE} MB of memory" if memory else "no memory limit"
    return Sizing(workers, f"{cpus:g} CPUs, {limit}, {resident // MEGABYTE} MB for one worker")


def cpu_quota(root: Path = _CGROUP) -> float:
    """Return the CPUs this process may use: its affinity, cut by the cgroup's quota (v2 or v1)."""
    cpus = float(_processors())
    version_2 = _read(root / "cpu.max").split()
    if len(version_2) == 2 and version_2[0].isdigit():
        return min(cpus, int(version_2[0]) / int(version_2[1]))
    quota = _read(root / "cpu" / "cpu.cfs_quota_us")
    period = _read(root / "cpu" / "cpu.cfs_period_us")
    if quota.isdigit() and period.isdigit() and int(period):
        return min(cpus, int(quota) / int(period))
    return cpus


def memory_limit(root: Path = _CGROUP) -> int | None:
    """Return the cgroup's memory limit in bytes, or None where there is none."""
    for path in (root / "memory.max", root / "memory" / "memory.limit_in_bytes"):
        text = _read(path)
        if text.isdigit() and int(text) < _UNLIMITED:
            return int(text)
    return None


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _largest_resident_memory() -> int:
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes * 1024


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""

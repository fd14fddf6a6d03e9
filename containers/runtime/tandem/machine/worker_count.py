"""The number of server workers: from the CPU quota, the memory limit and one worker's memory."""

from __future__ import annotations

import math
import resource
from dataclasses import dataclass
from pathlib import Path

from tandem.contract.settings import MEGABYTE
from tandem.machine.cgroup import ROOT, cpu_quota, memory_limit

_SHARE = 0.8  # of the memory limit, for all workers together


@dataclass(frozen=True)
class WorkerCount:
    """A number of workers and the arithmetic behind it, as the log shows it."""

    workers: int
    reason: str


def choose_worker_count(setting: int | None, root: Path = ROOT) -> WorkerCount:
    """Return the number of workers: the setting if there is one, else one a CPU that has memory.

    Call it after the model is loaded: the largest resident memory of this process so far is taken
    for that of one worker.
    """
    if setting is not None:
        return WorkerCount(setting, "SAGEMAKER_MODEL_SERVER_WORKERS")
    cpus = cpu_quota(root)
    limit = memory_limit(root)
    resident = _read_largest_resident_memory()
    by_memory = count_in_memory(limit, resident) if limit else math.inf
    workers = int(max(1, min(math.ceil(cpus), by_memory)))
    memory = f"{limit // MEGABYTE} MB of memory" if limit else "no memory limit"
    return WorkerCount(
        workers, f"{cpus:g} CPUs, {memory}, {resident // MEGABYTE} MB for one worker"
    )


def count_in_memory(limit: int, resident: int) -> int:
    """Return how many workers of `resident` bytes fit into 80% of `limit` bytes, at least one."""
    return max(1, int(_SHARE * limit / resident))


def _read_largest_resident_memory() -> int:
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes * 1024

"""The machine a figure was measured on, and how noisy it was meanwhile."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from benchmarks.harness.round_robin import summarize

_SPINS, _WORK = 15, 200_000


def read_facts() -> dict[str, object]:
    """Describe processor, memory, system and the versions that matter."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _read_processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(pages / 1e9, 1),
        "system": platform.platform(),
        "versions": {"python": platform.python_version(), **_read_versions()},
    }


def measure_noise() -> dict[str, float]:
    """Time one fixed piece of work again and again: greatest / least is the machine's unrest."""
    seconds = []
    for _ in range(_SPINS):
        began = time.perf_counter()
        sum(range(_WORK))
        seconds.append(time.perf_counter() - began)
    found = summarize(seconds)
    return {**asdict(found), "greatest_over_least": found.greatest / found.least}


def _read_processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _read_versions() -> dict[str, str]:
    wanted = {"numpy", "pandas", "pyarrow", "scikit-learn", "flask", "gunicorn", "tandem-runtime"}
    return {
        name: found.version
        for found in metadata.distributions()
        if (name := found.metadata["Name"].lower()) in wanted or name.startswith("xgboost")
    }

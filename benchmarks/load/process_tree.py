"""What a server and all processes it started use, read from /proc (proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_SESSION, _USER_TICKS, _SYSTEM_TICKS = 3, 11, 12


def read_cpu_seconds(session: int, proc: Path = _PROC) -> dict[int, float]:
    """Return the CPU time, in seconds, of each process of a session that lives, by its number."""
    tick = os.sysconf("SC_CLK_TCK")
    return {
        int(folder.name): (int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / tick
        for folder, fields in _read_members(session, proc)
    }


def read_memory_mb(session: int, proc: Path = _PROC) -> float:
    """Add up the proportional sets, in MB: a page that several processes share counts once."""
    kilobytes = 0
    for folder, _ in _read_members(session, proc):
        with suppress(ProcessLookupError, FileNotFoundError):
            for line in (folder / "smaps_rollup").read_text(encoding="utf-8").splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes / 1024


def list_members(session: int, proc: Path = _PROC) -> Iterator[Path]:
    """Return the folder in /proc of each process of a session."""
    for folder, _ in _read_members(session, proc):
        yield folder


def _read_members(session: int, proc: Path) -> Iterator[tuple[Path, list[str]]]:
    """Return each process's folder, and the fields of its `stat` behind its name, state first."""
    for folder in proc.iterdir():
        if folder.name.isdigit():
            with suppress(ProcessLookupError, FileNotFoundError):
                fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(fields[_SESSION]) == session:
                    yield folder, fields

"""Peak memory of this process and of all processes that it starts, read from /proc (proc(5))."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_PROC, _SELF = Path("/proc"), "self"
_SECONDS = 0.25


@contextmanager
def watch_peaks(programs: Mapping[str, str]) -> Iterator[dict[str, float]]:
    """Context manager: yield figures in MB that are complete at its end.

    `peak_mb` is the sum of the peaks of all processes, each its own resident set's; `service_mb` is
    this process's part. `programs` has other figures by name, and what the command line of the
    processes holds that belong to each. Processes that live for less than 0.25 s may be missed.
    """
    (_PROC / _SELF / "clear_refs").write_text("5", encoding="utf-8")  # forgets earlier peaks
    peaks: dict[str, tuple[str, float]] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_poll, args=(peaks, ended))
    watcher.start()
    figures = defaultdict[str, float](float)
    try:
        yield figures
    finally:
        ended.set()
        watcher.join()
    figures["service_mb"] = _read_peak(_PROC / _SELF)
    figures["peak_mb"] = figures["service_mb"] + sum(peak for _, peak in peaks.values())
    for name, part in programs.items():
        figures[name] = sum(peak for command, peak in peaks.values() if part in command)


def _poll(peaks: dict[str, tuple[str, float]], ended: threading.Event) -> None:
    while not ended.wait(_SECONDS):
        for process in _list_children(_PROC / _SELF):
            with suppress(OSError):  # it has ended meanwhile
                command = (process / "cmdline").read_text(encoding="utf-8", errors="replace")
                if peak := _read_peak(process):
                    peaks[process.name] = (command, peak)


def _list_children(process: Path) -> Iterator[Path]:
    """Yield the folder in /proc of each process that a process started, and of those these did."""
    with suppress(OSError):
        for task in (process / "task").iterdir():
            for child in (task / "children").read_text(encoding="utf-8").split():
                yield _PROC / child
                yield from _list_children(_PROC / child)


def _read_peak(process: Path) -> float:
    """Return a process's VmHWM in MB; 0.0 when it is ending."""
    for line in (process / "status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0

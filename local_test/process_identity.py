"""Identifies the process that made a container or a folder, and tells whether it still runs.

Process ids are reused, so the start time is recorded too. Processes of another
machine, or of another container's process ids, cannot be seen from here and never count as ended.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_PROC = Path("/proc")
_START_FIELD = 19  # starttime, counted from the state, which follows the name in brackets
_DEAD = {"Z", "X"}


@dataclass(frozen=True)
class ProcessIdentity:
    """A process id with its start time and machine, both empty if not recorded."""

    pid: int
    start: str = ""
    machine: str = ""

    def __str__(self) -> str:
        return f"{self.pid} {self.start or '-'} {self.machine or '-'}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse the form that `str` writes; return None for any other text."""
        words = text.split()
        if len(words) != 3 or not words[0].isdecimal():
            return None
        start, machine = ("" if word == "-" else word for word in words[1:])
        return cls(int(words[0]), start, machine)

    @property
    def foreign(self) -> bool:
        """Return whether it ran on another machine, or where its processes are not visible."""
        return bool(self.machine) and self.machine != _identify_machine()

    def has_ended(self) -> bool:
        """Return whether the process is known to have ended."""
        if self.foreign:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # it runs, as another user
        state, start = _read_process_state(self.pid)
        return state in _DEAD or bool(self.start and start and start != self.start)


def identify_this_process() -> ProcessIdentity:
    """Return the running process."""
    return ProcessIdentity(os.getpid(), _read_process_state(os.getpid())[1], _identify_machine())


def _read_process_state(pid: int) -> tuple[str, str]:
    """Return a process's state and start time; empty strings on a system without `/proc`."""
    try:
        words = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "", ""
    return words[0], f"{boot}/{words[_START_FIELD]}"


def _identify_machine() -> str:
    """Return the host name and the number of the process id namespace."""
    try:
        numbers = (_PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        numbers = "0"
    return f"{socket.gethostname()}/{numbers}"

"""Finds the TCP ports at which a container listens, in `/proc`.

The container may have a network namespace of its own, so `/proc/PID/net` is read: psutil reads that
of the caller alone.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_LISTENING = "0A"
_SOCKET = re.compile(r"socket:\[(\d+)\]")


def find_listening_ports(pid: int) -> set[int]:
    """Return the listening ports of a process tree; none if `/proc` does not show them."""
    inodes = {
        inode for process in _list_process_tree(pid) for inode in _list_socket_inodes(process)
    }
    return {port for port, inode in _read_listeners(pid) if inode in inodes}


def _list_process_tree(pid: int) -> Iterator[int]:
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _list_process_tree(int(child))


def _list_socket_inodes(pid: int) -> Iterator[str]:
    try:
        open_files = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return
    for path in open_files:
        try:
            match = _SOCKET.fullmatch(os.readlink(path))  # noqa: PTH115 - it is no path
        except OSError:
            continue
        if match:
            yield match[1]


def _read_listeners(pid: int) -> Iterator[tuple[int, str]]:
    for name in ("tcp", "tcp6"):
        try:
            _, *lines = Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        for line in lines:
            _, local, _, state, *rest = line.split()
            if state == _LISTENING:
                yield int(local.rpartition(":")[2], 16), rest[5]

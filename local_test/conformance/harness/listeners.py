"""At which TCP ports a container listens, as this machine's kernel tells it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_LISTENING = "0A"
_SOCKET = re.compile(r"socket:\[(\d+)\]")


def ports(pid: int) -> set[int]:
    """Return the ports at which a process or one it started listens; none where it is hidden."""
    held = {inode for process in _family(pid) for inode in _sockets(process)}
    return {port for port, inode in _listening(pid) if inode in held}


def _family(pid: int) -> Iterator[int]:
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _sockets(pid: int) -> Iterator[str]:
    try:
        open_files = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return
    for path in open_files:
        try:
            found = _SOCKET.fullmatch(os.readlink(path))  # noqa: PTH115 - it is no path
        except OSError:
            continue
        if found:
            yield found[1]


def _listening(pid: int) -> Iterator[tuple[int, str]]:
    for name in ("tcp", "tcp6"):
        try:
            _, *lines = Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        for line in lines:
            _, local, _, state, *rest = line.split()
            if state == _LISTENING:
                yield int(local.rpartition(":")[2], 16), rest[5]

"""Kills the process groups of a runner that ended: the program that `OrphanGuard` starts.

It runs as a process of its own, on the standard library alone. The runner writes `+PGID` for each
process group it starts and `-PGID` for each it has ended; when the runner's end of the pipe closes,
however that came about, the groups still listed are killed.
"""

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def kill_orphans(lines: Iterable[str]) -> None:
    """Read `+PGID` and `-PGID` lines to the end, and kill the groups that are left."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    kill_orphans(sys.stdin)

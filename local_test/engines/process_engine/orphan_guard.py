"""Kills the programs of a runner that ends, also when it was killed with SIGKILL."""

import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

from local_test.engines.process_engine import orphan_guard_process


class OrphanGuard:
    """Starts the guard process and sends it the process groups that run now."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", orphan_guard_process.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def add(self, group: int) -> None:
        """Have a process group killed when the runner ends."""
        self._write(f"+{group}\n")

    def remove(self, group: int) -> None:
        """Remove a process group that has ended."""
        self._write(f"-{group}\n")

    def _write(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe is not None and not pipe.closed:
            with suppress(BrokenPipeError):
                pipe.write(line.encode())
                pipe.flush()

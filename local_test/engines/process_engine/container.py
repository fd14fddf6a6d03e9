"""A program that runs as a container: one process group."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local_test.engines.container_logs import LogPump
from local_test.engines.process_engine.orphan_guard import OrphanGuard
from local_test.engines.process_tree import (
    KILOBYTE,
    PROC,
    measure_memory,
    measure_processor_seconds,
    read_kilobytes,
)
from local_test.engines.protocol import ContainerSpec, ContainerUsage, LogSink
from local_test.errors import ContainerError
from local_test.platform.diagnosis import ContainerFailure, diagnose

_LAST_LINES_SECONDS = 5.0
_BLOCK = 65536


@dataclass(frozen=True)
class ProgramLaunch:
    """How to start a program: its file and first words, working directory and environment."""

    program: tuple[str, ...]
    home: Path
    environment: Mapping[str, str]


class ProcessContainer:
    """A program and its child processes: one process group."""

    def __init__(
        self, spec: ContainerSpec, launch: ProgramLaunch, logs: LogSink, guard: OrphanGuard
    ) -> None:
        self.name = spec.name
        self.url = f"http://127.0.0.1:{spec.port}"
        self._guard = guard
        self._kill_lock = threading.Lock()
        try:
            self._process = subprocess.Popen(
                [*launch.program, *spec.command_line],
                cwd=launch.home,
                env=launch.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            code = 127 if isinstance(error, FileNotFoundError) else 126
            program = launch.program[0].replace(str(spec.tree.root), "/opt/ml")
            own = program if spec.entrypoint else ""
            sentence = diagnose(ContainerFailure(spec.name, spec.command, code, program=own))
            cause = f"{launch.program[0]}: {error.strerror}"
            raise ContainerError(sentence, exit_code=code, log=(cause,)) from error
        self._guard.add(self._process.pid)
        self._pump = LogPump(self.name, _read_chunks(self._process.stdout), logs)

    @property
    def pid(self) -> int:
        """The id of the program's process, and of its process group."""
        return self._process.pid

    @property
    def out_of_memory(self) -> bool:
        """Always False: nothing reports it for a process."""
        return False

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the program, then kill what is left of its process group."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._kill_remaining()
        self._pump.join(_LAST_LINES_SECONDS)
        return code if code >= 0 else 128 - code

    def terminate(self) -> None:
        """Send SIGTERM to the program alone, as `docker stop` does to the first process."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the whole process group."""
        if self._process.poll() is None:
            _kill_group(self._process.pid)

    def read_log_tail(self, lines: int) -> tuple[str, ...]:
        """Return the last lines the program wrote."""
        return self._pump.read_tail(lines)

    def read_usage(self) -> ContainerUsage | None:
        """Return what its processes use, None when it has ended, or on a system without /proc."""
        memory = measure_memory(self._process.pid)
        limit = read_kilobytes(PROC / "meminfo", "MemTotal")
        if not memory or limit is None:
            return None
        return ContainerUsage(
            measure_processor_seconds(self._process.pid),
            os.cpu_count() or 1,
            memory,
            limit * KILOBYTE,
        )

    def _kill_remaining(self) -> None:
        if self._kill_lock.acquire(blocking=False):
            _kill_group(self._process.pid)
            self._guard.remove(self._process.pid)


def _read_chunks(stream: IO[bytes] | None) -> Iterator[bytes]:
    if stream is None:
        return
    with stream:
        while chunk := os.read(stream.fileno(), _BLOCK):
            yield chunk


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)

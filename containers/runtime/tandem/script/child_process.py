"""The user's program as a child process: its output is streamed, a stop is forwarded to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tandem.contract.sigterm import Stop

_BLOCK = 1 << 16
_KEPT = 1 << 14
_GLANCE_SECONDS = 0.1
_DRAIN_SECONDS = 5.0
_REASON = 600


@dataclass(frozen=True)
class ProgramEnd:
    """The end of a program: its exit code (128 + n after signal n) and its last error output."""

    exit_code: int
    stderr: str

    @property
    def reason(self) -> str:
        """The exception's line, or the last line of the error output."""
        lines = self.stderr.rstrip().splitlines()
        indented = [index for index, line in enumerate(lines) if line.startswith((" ", "\t"))]
        last = lines[indented[-1] + 1 :] if indented else lines[-1:]
        return " ".join(line.strip() for line in last or lines[-1:])[:_REASON]

    @property
    def killed_by(self) -> str:
        """The name of the signal that ended the program, or ""."""
        number = self.exit_code - 128
        names = {item.value: item.name for item in signal.Signals}
        return names.get(number, "")


def run_program(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], stop: Stop
) -> ProgramEnd:
    """Run a program in `folder` to its end. A requested stop is forwarded once, as SIGTERM."""
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    tail = bytearray()
    pump = threading.Thread(target=_copy_stderr, args=(process.stderr, tail), daemon=True)
    pump.start()
    code = _wait(process, stop)
    pump.join(_DRAIN_SECONDS)  # a grandchild may hold the pipe open
    stderr = bytes(tail).decode("utf-8", errors="replace")
    return ProgramEnd(code if code >= 0 else 128 - code, stderr)


def _wait(process: subprocess.Popen[bytes], stop: Stop) -> int:
    terminated = False
    while True:
        try:
            return process.wait(_GLANCE_SECONDS)
        except subprocess.TimeoutExpired:
            if stop.requested and not terminated:
                process.terminate()
                terminated = True


def _copy_stderr(stream: IO[bytes] | None, tail: bytearray) -> None:
    if stream is None:
        return
    while chunk := os.read(stream.fileno(), _BLOCK):
        sys.stderr.buffer.write(chunk)
        sys.stderr.buffer.flush()
        tail += chunk
        del tail[:-_KEPT]

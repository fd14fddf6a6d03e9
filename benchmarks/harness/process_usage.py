"""Whole processes, measured from outside: wall time, CPU time, peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

LAUNCHER = Path(__file__).with_name("process_launcher.py")


class BenchmarkFailed(Exception):
    """A measured program ended with an error; the sentence holds the end of its output."""


def measure_program(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Run a program to its end: `seconds`, `cpu_seconds`, and `peak_mb`, its own resident set's.

    The program sees PATH and `environment`, and nothing else. Raises BenchmarkFailed when it fails.
    """
    with TemporaryFile() as told:
        ended = subprocess.run(
            [sys.executable, "-SE", LAUNCHER, *map(str, command)],
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                **(environment or {}),
                "TANDEM_BENCH_FD": str(told.fileno()),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[told.fileno()],
            check=False,
        )
        told.seek(0)
        used: dict[str, float] = json.loads(told.read() or b'{"code": -1}')
    code = used.pop("code")
    if code:
        last = ended.stdout.decode(errors="replace")[-2000:]
        raise BenchmarkFailed(f"{command[0]} ended with code {code}: {last}")
    return used

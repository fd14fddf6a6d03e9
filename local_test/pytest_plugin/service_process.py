"""A service in a process of its own, which ends with the tests."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local_test import settings
from local_test.commands.shared.local_service import answers
from local_test.engines import EngineName
from local_test.engines.process_engine.orphan_guard import OrphanGuard
from local_test.errors import LocalError

_LISTENING = re.compile(r"^Listening on (http://\S+)", re.MULTILINE)
_POLL_SECONDS = 0.05
_START_SECONDS = 120.0
_STOP_SECONDS = 90.0
_ABORT_SECONDS = 5.0


@dataclass(frozen=True)
class ServiceProcess:
    """A running service: its URL and its process."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def run_service_process(
    state: Path,
    engine: EngineName,
    log: Path,
    *options: str,
    end: signal.Signals = signal.SIGINT,
    stderr: IO[str] | None = None,
) -> Iterator[ServiceProcess]:
    """Context manager: run `up` on a free port until the end of the block, then send `end`.

    `log` gets the standard output, and what is written to standard error where `stderr` is None. A
    killed test run takes the service with it. Raises LocalError when the service does not start,
    or does not stop in 90 s: then `log` has the stacks of its threads.
    """
    given = ("--port", "0", "--engine", engine, "--state", str(state), *options)
    with log.open("wb") as output, OrphanGuard() as guard:
        process = subprocess.Popen(
            # -P: a folder of the tests called local_test is not the package.
            [sys.executable, "-P", "-m", "local_test", "up", *given],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if stderr is None else stderr,
            start_new_session=True,
            env={**settings.read_environment(), "PYTHONFAULTHANDLER": "1"},
        )
        guard.add(process.pid)
        try:
            yield ServiceProcess(_wait_until_ready(process, log), process)
        finally:
            _stop(process, end, log)


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if (found := _LISTENING.search(_read(log))) and answers(found[1]):
            return found[1]
        time.sleep(_POLL_SECONDS)
    last = _read(log).strip().rpartition("\n")[2].removeprefix("error: ")
    raise LocalError(f"the local SageMaker did not start: {last or 'no output'}", f"see {log}")


def _stop(process: subprocess.Popen[bytes], end: signal.Signals, log: Path) -> None:
    process.send_signal(end)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired as error:
        _abort(process)
        raise LocalError(
            f"the local SageMaker was killed: it did not stop in {_STOP_SECONDS:g} s", f"see {log}"
        ) from error


def _abort(process: subprocess.Popen[bytes]) -> None:
    """End a process; with SIGABRT Python writes the stacks of its threads."""
    process.send_signal(signal.SIGABRT)
    try:
        process.wait(_ABORT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")

"""A service in a process of its own, which ends with the tests."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_test.commands.shared.local_service import answers
from local_test.engines import EngineName
from local_test.engines.process_engine.orphan_guard import OrphanGuard
from local_test.errors import LocalError

_LISTENING = re.compile(r"^Listening on (http://\S+)", re.MULTILINE)
_POLL_SECONDS = 0.05
_START_SECONDS = 120.0
_STOP_SECONDS = 90.0


@contextmanager
def run_service_process(state: Path, engine: EngineName, log: Path) -> Iterator[str]:
    """Context manager: run `up` on a free port until the end of the block; yield its URL.

    `log` gets the output. A killed test run takes the service with it. Raises LocalError when the
    service does not start or does not stop.
    """
    options = ("--port", "0", "--engine", engine, "--state", str(state))
    with log.open("wb") as output, OrphanGuard() as guard:
        process = subprocess.Popen(
            # -P: a folder of the tests called local_test is not the package.
            [sys.executable, "-P", "-m", "local_test", "up", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        guard.add(process.pid)
        try:
            yield _wait_until_ready(process, log)
        finally:
            _stop(process, log)


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if (found := _LISTENING.search(_read(log))) and answers(found[1]):
            return found[1]
        time.sleep(_POLL_SECONDS)
    last = _read(log).strip().rpartition("\n")[2].removeprefix("error: ")
    raise LocalError(f"the local SageMaker did not start: {last or 'no output'}", f"see {log}")


def _stop(process: subprocess.Popen[bytes], log: Path) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.wait()
        raise LocalError(
            f"the local SageMaker was killed: it did not stop in {_STOP_SECONDS:g} s", f"see {log}"
        ) from error


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")

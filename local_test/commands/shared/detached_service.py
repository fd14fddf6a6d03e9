"""A service in the background: how it is started, and how it is stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_test.commands.shared.local_service import answers
from local_test.commands.shared.startup_cleanup import read_runner
from local_test.errors import UserError
from local_test.service.storage.state.files import prepare_state_folder

_LISTENING = re.compile(r"^Listening on (http://\S+)", re.MULTILINE)
_POLL_SECONDS = 0.1
_DETACH = ("-d", "--detach", "--json")  # the answer of `up` is read as text


@dataclass(frozen=True)
class DetachedService:
    """A service in the background: its URL, its process id and the file with its output."""

    url: str
    pid: int
    log: Path


def start_detached(given: Sequence[str], state: Path) -> DetachedService:
    """Start `up` with the given arguments in the background; return when it is ready.

    Raises UserError when it exits instead.
    """
    prepare_state_folder(state)
    log = state / "service.log"
    arguments = [text for text in given if text not in _DETACH]
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "local_test", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    while process.poll() is None:
        if (found := _LISTENING.search(_read_from(log, begin))) and answers(found[1]):
            return DetachedService(found[1], process.pid, log)
        time.sleep(_POLL_SECONDS)
    last = _read_from(log, begin).strip().rpartition("\n")[2].removeprefix("error: ")
    raise UserError(last or f"the service exited with code {process.returncode}: see {log}")


def _read_from(log: Path, begin: int) -> str:
    """Return what a log has from a byte on."""
    return log.read_bytes()[begin:].decode(errors="replace")


def stop_service(state: Path, seconds: float) -> int:
    """Stop the service of a state folder and wait until it has ended; return its process id.

    Raises UserError when none is running, when it runs on another machine, or when it has not ended
    after so many seconds.
    """
    runner = read_runner(state)
    if runner is None or runner.has_ended():
        raise UserError(f"no service is running: {state}", "start one with `local-sagemaker up -d`")
    if runner.foreign:
        raise UserError(f"the service of {state} runs elsewhere: {runner.machine}", "stop it there")
    os.kill(runner.pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while not runner.has_ended():
        if time.monotonic() > deadline:
            raise UserError(
                f"the service has not stopped after {seconds:g} s: process {runner.pid}",
                "wait, or run the command again to stop its containers immediately",
            )
        time.sleep(_POLL_SECONDS)
    return runner.pid

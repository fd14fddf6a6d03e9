"""Run the handler of a function as a child process, within its timeout."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from local_test.engines.container_logs import LogPump
from local_test.service.resources.functions import handler_process

_POLL_SECONDS = 0.05
_LAST_LINES_SECONDS = 5.0
_IMPORT_SECONDS = 60.0
_BLOCK = 65536


@dataclass(frozen=True)
class HandlerOutcome:
    """How an invocation ended: its payload as JSON, and whether that is an error."""

    payload: str
    failed: bool
    seconds: float


class _ResultReader:
    """A thread that reads the result; `begun` is set when the handler is imported, or ends."""

    def __init__(self, file: IO[bytes]) -> None:
        self.begun = threading.Event()
        self._file = file
        self._content = b""
        self._thread = threading.Thread(target=self._run, name="result", daemon=True)
        self._thread.start()

    def read_all(self) -> bytes:
        """Return the result after the end of the process."""
        self._thread.join(_LAST_LINES_SECONDS)
        return self._content

    def _run(self) -> None:
        self._content = self._file.read(1)
        self.begun.set()
        self._content += self._file.read()


@dataclass(frozen=True)
class HandlerRun:
    """One invocation: `module.name` of the handler, the folder of its code, and its environment.

    `timeout` is in seconds, `event` is JSON, `context` has the fields of the handler's context,
    `write` receives the lines of the output.
    """

    handler: str
    folder: Path
    environment: Mapping[str, str]
    timeout: float
    event: str
    context: Mapping[str, Any]
    write: Callable[[str], None]

    def run(self, stop: threading.Event) -> HandlerOutcome:
        """Run the handler until it ends, its time is over or `stop` is set."""
        started = time.monotonic()
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as results:
            process = self._start(writer)
            lines = LogPump(self.handler, _read_chunks(process.stdout), self._write_line)
            result = _ResultReader(results)
            code = self._wait(process, result, stop)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            lines.join(_LAST_LINES_SECONDS)
            content = result.read_all()
        if process.stdin is not None:
            process.stdin.close()
        payload, failed = self._read_result(content, code)
        return HandlerOutcome(payload, failed, time.monotonic() - started)

    def _start(self, writer: int) -> subprocess.Popen[bytes]:
        """Start the process and send it the event; its input stays open as long as it runs."""
        process = subprocess.Popen(
            [sys.executable, "-u", handler_process.__file__, self.handler, str(writer)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(writer,),
            start_new_session=True,
        )
        os.close(writer)
        request = {
            "event": json.loads(self.event),
            "context": {**self.context, "timeout": self.timeout},
        }
        with suppress(BrokenPipeError):
            if process.stdin is not None:
                process.stdin.write(f"{json.dumps(request)}\n".encode())
                process.stdin.flush()
        return process

    def _wait(
        self, process: subprocess.Popen[bytes], result: "_ResultReader", stop: threading.Event
    ) -> int | None:
        """Return the exit code, None if the time is over or `stop` is set.

        The timeout begins when the handler is imported, for which there are 60 seconds.
        """
        deadline = time.monotonic() + _IMPORT_SECONDS
        imported = False
        while time.monotonic() < deadline and not stop.is_set():
            with suppress(subprocess.TimeoutExpired):
                return process.wait(_POLL_SECONDS)
            if result.begun.is_set() and not imported:
                imported, deadline = True, time.monotonic() + self.timeout
        return None

    def _write_line(self, _name: str, line: str) -> None:
        self.write(line)

    def _read_result(self, content: bytes, code: int | None) -> tuple[str, bool]:
        """Return the payload, and whether it is an error, of what the process wrote."""
        request_id = self.context["aws_request_id"]
        if code is None:
            message = (
                f"RequestId: {request_id} Error: Task timed out after {self.timeout:.2f} seconds"
            )
            self.write(message)
            return json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}), True
        try:
            result = json.loads(content)
        except ValueError:
            status = f"signal: {-code}" if code < 0 else f"exit status {code}"
            message = f"RequestId: {request_id} Error: Runtime exited with error: {status}"
            self.write(message)
            return json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}), True
        return (result["error"], True) if "error" in result else (result["payload"], False)


def _read_chunks(stream: IO[bytes] | None) -> Iterator[bytes]:
    if stream is None:
        return
    with stream:
        while chunk := os.read(stream.fileno(), _BLOCK):
            yield chunk

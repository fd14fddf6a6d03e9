"""A server as a process tree: started, waited for, and ended whole."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness.process_usage import Failed
from benchmarks.load.load_result import Request
from benchmarks.load.payloads import Numbers, from_csv

HOST = "127.0.0.1"
WORKERS = 2
_START_SECONDS, _END_SECONDS, _PAUSE_SECONDS = 90.0, 10.0, 0.005


def csv_request(body: bytes) -> Request:
    """Ask with CSV for CSV, as a client of SageMaker does."""
    return Request("/invocations", body, {"Content-Type": "text/csv", "Accept": "text/csv"})


@dataclass(frozen=True)
class Server:
    """How to start a server at a port, ask it with a CSV body, and read its answer as numbers."""

    name: str
    command: Callable[[int], Sequence[str | Path]]
    environment: Callable[[int], Mapping[str, str]] = field(default=lambda _: {})
    health: str = "/ping"
    asked: Callable[[bytes], Request] = csv_request
    read: Callable[[bytes], Numbers] = from_csv


def image_environment(root: Path, port: int) -> dict[str, str]:
    """Return the variables with which an image's program serves the model below `root`."""
    return {
        "SAGEMAKER_BASE_DIR": str(root),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEMAKER_MODEL_SERVER_WORKERS": str(WORKERS),
        "TANDEM_BIND_ADDRESS": HOST,
    }


@dataclass(frozen=True)
class Running:
    """A server that answers; `session` has all of its processes."""

    url: str
    session: int
    cold_start_s: float


@contextmanager
def running(*servers: Server) -> Iterator[list[Running]]:
    """Start servers at once and wait for all of them; in the end they are ended.

    Raises Failed, with the last of its log, when one ends by itself or stays silent.
    """
    with TemporaryDirectory(prefix="bench-") as folder:
        launched: list[_Launched] = []
        try:
            launched += [_Launched(server, Path(folder)) for server in servers]
            _wait(launched)
            yield [Running(each.url, each.pid, each.seconds) for each in launched]
        finally:
            for each in launched:
                each.end()


class _Launched:
    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._port = free_port()
        self._log = folder / f"{self._port}.log"
        self.url = f"http://{HOST}:{self._port}"
        self.seconds = 0.0
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            **server.environment(self._port),
        }
        self._began = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(word) for word in server.command(self._port)],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def ready(self) -> bool:
        """Ask for its health, and note how long it took to be well."""
        waited = time.perf_counter() - self._began
        if self._process.poll() is not None or waited > _START_SECONDS:
            end = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise Failed(f"{self._server.name} was not well after {waited:.1f} s: {end}")
        if not healthy(self._port, self._server.health):
            return False
        self.seconds = time.perf_counter() - self._began
        return True

    def end(self) -> None:
        """End the whole session, gently first."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(launched: Sequence[_Launched]) -> None:
    waiting = list(launched)
    while waiting:
        waiting = [each for each in waiting if not each.ready()]
        time.sleep(_PAUSE_SECONDS if waiting else 0)


def healthy(port: int, path: str = "/ping") -> bool:
    """Ask a server whether it is well."""
    link = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        link.request("GET", path)
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()

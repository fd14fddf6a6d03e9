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

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.load.load_result import PostRequest
from benchmarks.load.payloads import Numbers, read_csv

HOST = "127.0.0.1"
WORKERS = 2
_START_SECONDS, _END_SECONDS, _PAUSE_SECONDS = 90.0, 10.0, 0.005


def build_csv_request(body: bytes) -> PostRequest:
    """Return a request with CSV that accepts CSV, as SageMaker's clients send it."""
    return PostRequest("/invocations", body, {"Content-Type": "text/csv", "Accept": "text/csv"})


@dataclass(frozen=True)
class ServerSpec:
    """How to start a server at a port, ask it with a CSV body, and read its answer as numbers."""

    name: str
    command: Callable[[int], Sequence[str | Path]]
    environment: Callable[[int], Mapping[str, str]] = field(default=lambda _: {})
    health: str = "/ping"
    build_request: Callable[[bytes], PostRequest] = build_csv_request
    read_response: Callable[[bytes], Numbers] = read_csv


def build_image_environment(root: Path, port: int) -> dict[str, str]:
    """Return the variables with which an image's program serves the model below `root`."""
    return {
        "SAGEMAKER_BASE_DIR": str(root),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEMAKER_MODEL_SERVER_WORKERS": str(WORKERS),
        "TANDEM_BIND_ADDRESS": HOST,
    }


@dataclass(frozen=True)
class StartedServer:
    """A server that answers; `session` has all of its processes."""

    url: str
    session: int
    cold_start_s: float


@contextmanager
def start_servers(*servers: ServerSpec) -> Iterator[list[StartedServer]]:
    """Start servers at once and wait for all of them; in the end they are ended.

    Raises BenchmarkFailed, with the last of its log, when one ends by itself or stays silent.
    """
    with TemporaryDirectory(prefix="bench-") as folder:
        launched: list[_ServerProcess] = []
        try:
            launched += [_ServerProcess(server, Path(folder)) for server in servers]
            _wait(launched)
            yield [StartedServer(each.url, each.pid, each.seconds) for each in launched]
        finally:
            for each in launched:
                each.end()


class _ServerProcess:
    def __init__(self, server: ServerSpec, folder: Path) -> None:
        self._server = server
        self._port = find_free_port()
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

    def is_ready(self) -> bool:
        """Request its health, and record the seconds until it was healthy."""
        waited = time.perf_counter() - self._began
        if self._process.poll() is not None or waited > _START_SECONDS:
            end = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise BenchmarkFailed(f"{self._server.name} was not well after {waited:.1f} s: {end}")
        if not is_healthy(self._port, self._server.health):
            return False
        self.seconds = time.perf_counter() - self._began
        return True

    def end(self) -> None:
        """Stop all processes of the session: SIGTERM, then SIGKILL."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def find_free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(launched: Sequence[_ServerProcess]) -> None:
    waiting = list(launched)
    while waiting:
        waiting = [each for each in waiting if not each.is_ready()]
        time.sleep(_PAUSE_SECONDS if waiting else 0)


def is_healthy(port: int, path: str = "/ping") -> bool:
    """Return whether a path of a server answers with status 200."""
    link = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        link.request("GET", path)
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()

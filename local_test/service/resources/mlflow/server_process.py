"""Run `mlflow server` as a child process: SQLite for its data, S3 for its artifacts."""

import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import urllib3

from local_test.client_environment.account import ACCESS_KEY, SECRET_KEY
from local_test.client_environment.variables import remove_stale
from local_test.service.resources.mlflow import server_main
from local_test.settings import read_environment

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"
_SECONDS_TO_START = 300.0
_SECONDS_TO_END = 10.0
_CHECKS_HOSTS = (3, 5)  # the first version that has the option
_POLL_SECONDS = 0.2
_LAST_LINES = 20


class ServerFailedError(Exception):
    """The server did not start, or ended by itself."""


@dataclass(frozen=True)
class ServerSettings:
    """What a server is started with.

    `python` has MLflow of a `version`; `folder` takes the database and the log; `artifacts` is an
    S3 URI; `url` is the address of the service's API.
    """

    python: Path
    version: str
    folder: Path
    artifacts: str
    url: str
    region: str

    def make_command(self, port: int) -> Sequence[str]:
        """Return the command that serves at a port of this machine."""
        database = f"sqlite:///{self.folder.absolute() / 'mlflow.db'}"
        allowed = ["--allowed-hosts", f"{_HOST}:{port},localhost:{port}"]
        major, minor = (int(part) for part in self.version.split(".")[:2])
        return [
            str(self.python), server_main.__file__, "server",
            "--host", _HOST, "--port", str(port), "--workers", "1",
            "--backend-store-uri", database, "--default-artifact-root", self.artifacts,
            *(allowed if (major, minor) >= _CHECKS_HOSTS else ()),
        ]  # fmt: skip

    def make_environment(self) -> Mapping[str, str]:
        """Return the environment: AWS is the service, and nothing is reported to anybody."""
        return remove_stale(read_environment()) | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": self.region,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }


class ServerProcess:
    """A running MLflow server; the context manager ends it with its children."""

    def __init__(self, settings: ServerSettings) -> None:
        settings.folder.mkdir(parents=True, exist_ok=True)
        self.port = _find_free_port()
        self._log_path = settings.folder / "server.log"
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                settings.make_command(self.port),
                env=settings.make_environment(),
                cwd=settings.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end(signal.SIGTERM)
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._end(signal.SIGKILL)
            self._process.wait()
        self._end(signal.SIGKILL)  # children that the first one left
        if self._process.stdin is not None:
            self._process.stdin.close()

    def wait_until_healthy(self, stop: threading.Event) -> None:
        """Return when it answers, or when `stop` is set.

        Raises ServerFailedError when it ends, or does not answer within five minutes.
        """
        deadline = time.monotonic() + _SECONDS_TO_START
        with urllib3.PoolManager(retries=False, timeout=5) as pool:
            while not stop.is_set():
                with suppress(urllib3.exceptions.HTTPError):
                    if pool.request("GET", f"http://{_HOST}:{self.port}/health").status == 200:
                        return
                self._check()
                if time.monotonic() > deadline:
                    raise ServerFailedError(f"no answer after {_SECONDS_TO_START:.0f} s")
                stop.wait(_POLL_SECONDS)

    def wait(self, stop: threading.Event) -> None:
        """Return when `stop` is set. Raises ServerFailedError when the server ends before."""
        while not stop.wait(_POLL_SECONDS):
            self._check()

    def _check(self) -> None:
        code = self._process.poll()
        if code is not None:
            lines = self._log_path.read_text(encoding="utf-8", errors="replace").splitlines()
            ending = " | ".join(lines[-_LAST_LINES:])
            raise ServerFailedError(f"mlflow server ended with code {code}: {ending}")

    def _end(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def _find_free_port() -> int:
    with socket.socket() as one:
        one.bind((_HOST, 0))
        return int(one.getsockname()[1])

"""A server of two workers with a small model, for the stories of this folder."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Impatient, as the stories wait for it.
PROGRAM = """
import json, sys
from tandem import logs
from tandem.contract import settings
from tandem.serving import server
from tandem.serving.worker import client_connection as connection
from tests.tandem.serving.worker.models import Sums

connection._PATIENCE, connection._LINGER = 4.0, 0.3
logs.configure(20)
server.run_server(Sums(), settings.read({
    "SAGEMAKER_BIND_TO_PORT": sys.argv[1], "TANDEM_BIND_ADDRESS": "127.0.0.1",
    "SAGEMAKER_MODEL_SERVER_WORKERS": sys.argv[2], "TANDEM_THREADS": "2",
    "MAX_CONTENT_LENGTH": "1000000", **json.loads(sys.argv[3]),
}))
"""


class Server:
    """A running server."""

    def __init__(self, port: int, process: subprocess.Popen[str]) -> None:
        self.port = port
        self._process = process

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the arbiter alone, which can do nothing about it."""
        self._process.kill()

    def listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(2)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def code(self) -> int:
        return self._process.wait(timeout=60)


@contextlib.contextmanager
def serving(workers: int, **environment: str) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port), str(workers), json.dumps(environment)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())},
        start_new_session=True,
    )
    try:
        assert process.stdout
        assert any("listening on port" in line for line in process.stdout)
        yield Server(port, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give a server of one worker: what holds up its loop holds up everybody."""
    with serving(1) as running:
        yield running

"""A real Redis server for a test, on a free port of this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis


@contextmanager
def run_redis(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Context manager: a server without files; yield its URL and its process."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            url = f"redis://127.0.0.1:{port}/0"
            wait_for_redis(url, process)
            yield url, process
        finally:
            process.terminate()


def wait_for_redis(url: str, process: subprocess.Popen[bytes]) -> None:
    with closing(redis.Redis.from_url(url)) as client:
        while process.poll() is None:
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.01)
            else:
                return
    raise RuntimeError("redis-server ended")

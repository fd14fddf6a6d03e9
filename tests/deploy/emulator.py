"""A function in Lambda's emulator: AWS's own runtime client calls the handler, event by event."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test.endpoints import reserve_port
from tests.deploy import tools

_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Function:
    """A function that is up; `log` is what it and the emulator wrote."""

    url: str
    log: Path

    def __call__(self, event: Mapping[str, Any]) -> Any:
        """Send an event and give the answer."""
        try:
            with urllib.request.urlopen(self.url, json.dumps(event).encode(), 120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as failed:
            failed.close()
            raise AssertionError(self.log.read_text(encoding="utf-8")) from failed

    def lines(self) -> list[dict[str, Any]]:
        """Give the lines that the function logged."""
        told = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in told if line.startswith("{")]


@contextmanager
def run_function(
    folder: Path, handler: str, environment: Mapping[str, str], log: Path
) -> Iterator[Function]:
    """Run a function's folder in the emulator, as Lambda would: nothing else is on its path."""
    at, runtime = find_free_address(), find_free_address()
    command = [str(tools.find_emulator()), "--runtime-interface-emulator-address", at]
    command += ["--runtime-api-address", runtime]
    command += [str(tools.find_programs() / "python"), "-m", "awslambdaric", handler]
    formats = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    account = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "eu-central-1")
    account |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "any")
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env={**formats, **account, **environment}, stdout=file, stderr=file
        )
    try:
        await_door(f"http://{at}", process, log)
        yield Function(f"http://{at}/2015-03-31/functions/function/invocations", log)
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def find_free_address() -> str:
    """Give an address of this machine that nobody listens at."""
    with closing(reserve_port(0)) as held:
        host, port = held.getsockname()
        return f"{host}:{port}"


def await_door(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody answers."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            time.sleep(0.05)

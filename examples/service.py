"""A local SageMaker for the time of an example, and programs that are its clients."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local_test.client_environment.account import DEFAULT_REGION
from local_test.commands.env import make_exports
from local_test.engines import EngineName

ROLE = "arn:aws:iam::123456789012:role/any"
_SECONDS_TO_STOP = 60
_END_CHARACTERS = 1500


class ServiceClient:
    """The local service, with the environment of `local-sagemaker env`."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment = mine | make_exports(url, DEFAULT_REGION, folder)

    def run(self, script: Path, *words: str | Path, python: Path | str = sys.executable) -> None:
        """Run a client's script; what it prints is shown with the seconds it took.

        Raises RuntimeError, with the end of what it said, when the script fails.
        """
        self._run([str(python), str(script)], script.name, list(map(str, words)), None)

    def run_module(self, module: str, *words: str, python: Path | str, folder: Path) -> None:
        """Run a client's module in a folder, with `python -m`; otherwise as `run`."""
        self._run([str(python), "-m", module], f"-m {module}", list(words), folder)

    def _run(self, command: list[str], name: str, words: list[str], folder: Path | None) -> None:
        print(f"$ python {name} {shlex.join(words)}", flush=True)
        started = time.perf_counter()
        with subprocess.Popen(
            [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=self.environment, cwd=folder,
        ) as child:  # fmt: skip
            lines = [_print_line(line) for line in child.stdout or ()]
        if child.returncode:
            raise RuntimeError(f"{name} failed: {''.join(lines).strip()[-_END_CHARACTERS:]}")
        print(f"  done in {time.perf_counter() - started:.1f} s\n", flush=True)


@contextmanager
def run_service(engine: EngineName, folder: Path) -> Iterator[ServiceClient]:
    """Run `local-sagemaker up` at any free port, with its state in `folder`, until the end."""
    words: Sequence[str] = ("up", "--engine", engine, "--port", "0", "--state", str(folder))
    with subprocess.Popen(
        [sys.executable, "-m", "local_test", *words], stdout=subprocess.PIPE, text=True
    ) as child:
        first = child.stdout.readline() if child.stdout else ""
        if not first:
            raise RuntimeError("the local SageMaker did not come up: its reason is above")
        try:
            service = ServiceClient(first.split()[-1], folder)
            print(f"SageMaker answers at {service.url}, seen at {service.url}/console\n")
            yield service
        finally:
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=_SECONDS_TO_STOP)


def _print_line(line: str) -> str:
    print(f"  {line}", end="", flush=True)
    return line

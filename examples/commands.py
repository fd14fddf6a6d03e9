"""Runs `local-sagemaker` commands, and prints each as one would type it."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local_test.engines import EngineName

_READY = re.compile(r"ready after .*: POST (\S+)/invocations")
_SECONDS_TO_READY = 300
_SECONDS_TO_STOP = 60
_END_CHARACTERS = 800
# A line of a command is broken before an option that starts after here.
_BREAK_COLUMN = 60


def to_options(values: Mapping[str, str]) -> list[str]:
    """Return the command-line options that set hyperparameters."""
    return [w for name, value in values.items() for w in ("--hyperparameter", f"{name}={value}")]


class Commands:
    """Runs `local-sagemaker`; the logs go to a file a command, below `folder`."""

    def __init__(self, engine: EngineName, folder: Path) -> None:
        self._engine = engine
        self._folder = folder / "logs"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._count = 0

    def run(self, verb: str, *words: str | Path) -> None:
        """Run a command. Raises RuntimeError, with the end of its log, when it fails."""
        log = self._print_command(verb, words)
        started = time.perf_counter()
        with log.open("w", encoding="utf-8") as file:
            code = subprocess.run(
                self._make_words(verb, words), stdout=file, stderr=file, check=False
            ).returncode
        if code:
            raise RuntimeError(f"`local-sagemaker {verb}` failed: {_read_end(log)}")
        print(f"  done in {time.perf_counter() - started:.1f} s\n", flush=True)

    def invoke(self, url: str, content_type: str, body: Path) -> str:
        """Send a file to an endpoint and return the response as text."""
        words = ["--url", url, "--content-type", content_type, "--accept", "text/csv"]
        words += ["--data", f"@{body}"]
        log = self._print_command("invoke", words)
        with log.open("w", encoding="utf-8") as file:
            command = [sys.executable, "-m", "local_test", "invoke", *words]
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=file, text=True, check=False
            )
        if done.returncode:
            raise RuntimeError(f"`local-sagemaker invoke` failed: {_read_end(log)}")
        return done.stdout

    @contextmanager
    def serve(self, verb: str, *words: str | Path) -> Iterator[str]:
        """Start `serve` or `pipeline` at a free port, yield its URL, and stop it at the end."""
        log = self._print_command(verb, (*words, "--port", "0"))
        with log.open("w", encoding="utf-8") as file:
            child = subprocess.Popen(
                self._make_words(verb, (*words, "--port", "0")), stdout=file, stderr=file
            )
        try:
            yield _wait_until_ready(child, log)
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(_SECONDS_TO_STOP)

    def _print_command(self, verb: str, words: Sequence[str | Path]) -> Path:
        self._count += 1
        print(_format_command(["local-sagemaker", verb, *map(_shorten_path, words)]), flush=True)
        return self._folder / f"{self._count}-{verb}.log"

    def _make_words(self, verb: str, words: Sequence[str | Path]) -> list[str]:
        start = [sys.executable, "-m", "local_test", verb, *map(str, words)]
        return [*start, "--engine", self._engine]


def _wait_until_ready(child: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _SECONDS_TO_READY
    while time.monotonic() < end and child.poll() is None:
        match = _READY.search(log.read_text(encoding="utf-8"))
        if match:
            print(f"  {match[0]}\n", flush=True)
            return match[1]
        time.sleep(0.1)
    raise RuntimeError(f"the endpoint did not come up: {_read_end(log)}")


def _read_end(log: Path) -> str:
    return log.read_text(encoding="utf-8").strip()[-_END_CHARACTERS:]


def _format_command(words: Sequence[str]) -> str:
    """Write a command as a person would, on lines that can be read."""
    lines = ["$ " + words[0]]
    for word in words[1:]:
        quoted = shlex.quote(word)
        if word.startswith("--") and len(lines[-1]) > _BREAK_COLUMN:
            lines.append("      " + quoted)
        else:
            lines[-1] += f" {quoted}"
    return " \\\n".join(lines)


def _shorten_path(word: str | Path) -> str:
    """Return a path as it is seen from here, where it lies below."""
    if isinstance(word, Path) and word.is_relative_to(Path.cwd()):
        return str(word.relative_to(Path.cwd()))
    return str(word)

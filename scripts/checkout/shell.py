"""How the scripts run other programs and speak to the person in front of them."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Failure(Exception):
    """What went wrong, as one sentence with its remedy."""


def say(sentence: str) -> None:
    """Print a line immediately."""
    print(sentence, flush=True)


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path = ROOT
) -> None:
    """Run a program in the root of the checkout, or in `folder`, and show what it prints.

    Raises Failure, naming the command, when it is missing or ends with another code than 0.
    """
    try:
        ended = subprocess.run(
            command, cwd=folder, env={**os.environ, **(environment or {})}, check=False
        )
    except FileNotFoundError:
        raise Failure(f"The program '{command[0]}' is not installed.") from None
    if ended.returncode:
        raise Failure(f"'{shlex.join(command)}' ended with code {ended.returncode}.")


def read_output(command: Sequence[str], root: Path = ROOT) -> str | None:
    """Return what a program prints, or None when it is missing or fails."""
    try:
        ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None


def run_script(script: Callable[[], None]) -> None:
    """Run a script to its end: a Failure becomes one line on standard error and exit code 1."""
    try:
        script()
    except Failure as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")

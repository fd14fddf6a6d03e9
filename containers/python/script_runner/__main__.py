"""The program `tandem-python`."""

from __future__ import annotations

import sys

from script_runner.algorithm import ALGORITHM
from script_runner.command import run_command
from tandem.cli import run

_RUNTIME_WORDS = {"train", "serve", "--help", "-h", "--version"}


def main() -> int:
    """Run `tandem-python train`, or the command that the arguments are.

    A job without a ContainerEntrypoint starts an image with its ContainerArguments alone.
    """
    words = sys.argv[1:]
    if not words or words[0] in _RUNTIME_WORDS:
        return run(ALGORITHM, words)
    return run_command(words)


if __name__ == "__main__":
    raise SystemExit(main())

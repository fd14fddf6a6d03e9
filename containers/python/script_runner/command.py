"""Any other command in the place of this program."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

# As a shell ends (POSIX, "Exit Status for Commands").
_NOT_FOUND = 127
_NOT_EXECUTABLE = 126


def run_command(words: Sequence[str]) -> NoReturn:
    """Replace this process by a command; its first word is a path or is looked for on PATH.

    Raises SystemExit with 127 when there is no such program, and with 126 when it cannot be run.
    """
    try:
        os.execvp(words[0], list(words))  # noqa: S606 (the words are the program)
    except FileNotFoundError:
        code, reason = _NOT_FOUND, "there is no such program"
    except OSError as error:
        code, reason = _NOT_EXECUTABLE, error.strerror or "it cannot be run"
    sys.stderr.write(f"tandem-python: {words[0]}: {reason}. Give a program and its arguments.\n")
    raise SystemExit(code)

"""What a command writes: its answer, and progress until then.

Both go to standard output. With `--json`, standard output has one document and progress goes to
standard error; with `--quiet` there is no progress.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from local_test import settings


@dataclass
class _Output:
    """How the running command writes; `answered` says whether its document is written."""

    quiet: bool = False
    as_json: bool = False
    answered: bool = False


_output = _Output()


@contextmanager
def use_output(*, quiet: bool, as_json: bool) -> Iterator[None]:
    """Context manager: let all threads write as the options of a command say."""
    before = vars(_output).copy()
    vars(_output).update(quiet=quiet, as_json=as_json, answered=False)
    try:
        yield
    finally:
        vars(_output).update(before)


def is_quiet() -> bool:
    """Return whether progress is left out."""
    return _output.quiet


def is_json() -> bool:
    """Return whether standard output has one JSON document."""
    return _output.as_json


def find_progress_stream() -> TextIO | None:
    """Return where progress is written, None where it is left out."""
    if _output.quiet:
        return None
    return sys.stderr if _output.as_json else sys.stdout


def report_progress(line: str) -> None:
    """Write a line about what is done until the answer."""
    stream = find_progress_stream()
    if stream is not None:
        print(line, file=stream, flush=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal that shows colours and moves its cursor.

    `NO_COLOR` and `TERM=dumb` turn both off.
    """
    return stream is not None and stream.isatty() and settings.has_rich_terminal()


def print_answer(document: Any, lines: Sequence[str]) -> None:
    """Write the answer of a command: the document with `--json`, lines of text otherwise."""
    _output.answered = True
    for line in [json.dumps(document, ensure_ascii=False)] if _output.as_json else lines:
        print(line)
    sys.stdout.flush()


def print_answer_line(line: str) -> None:
    """Write a line of an answer that comes part by part; nothing with `--json`."""
    if not _output.as_json:
        print(line, flush=True)


def print_error(sentence: str, exit_code: int, log: Sequence[str] = ()) -> None:
    """Write an error as the document of a command that has not answered, with `--json`."""
    if _output.as_json and not _output.answered:
        error = {"message": sentence, "log": list(log)}
        print_answer({"error": error, "exit_code": exit_code}, ())

"""How a program ends: its exit code and `output/failure`, the most important sentence first.

(Developer Guide, "How Amazon SageMaker AI Signals Algorithm Success and Failure": the first 1024
characters of the file become the job's FailureReason.)

A full disk is a reason to fail, and has no room for the failure file: some is reserved at the
start.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn, Self

from tandem.errors import Stopped, TandemError, UserError
from tandem.logs import logger

_RESERVED_BYTES = 16384
# The file that reserves room for each failure file; any thread may report a failure.
_RESERVED: dict[Path, IO[bytes]] = {}


class ExitStatus:
    """Context manager of a program: errors in it are reported, and set `exit_code`."""

    def __init__(self) -> None:
        self.failure: Path | None = None
        self.exit_code = 0

    def set_failure_file(self, failure: Path) -> None:
        """Write a failure to this file, and reserve room for it on its disk."""
        self.failure = failure
        try:
            there = next(folder for folder in failure.parents if folder.is_dir())
            room = tempfile.TemporaryFile(dir=there)  # noqa: SIM115 - kept open
            _RESERVED[failure] = room
            os.posix_fallocate(room.fileno(), 0, _RESERVED_BYTES)
        except OSError as error:
            sys.stderr.write(f"no room can be reserved for {failure}: {error.strerror}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        try:
            return error is not None and self._report(error)
        finally:
            if self.failure is not None:
                _release(self.failure)

    def _report(self, error: BaseException) -> bool:
        if isinstance(error, SystemExit):
            self.exit_code = error.code if isinstance(error.code, int) else 1
            return True
        tandem_error = _to_tandem_error(error)
        self.exit_code = tandem_error.exit_code
        if isinstance(tandem_error, Stopped):
            logger.warning("%s", tandem_error)
            return True
        text = f"{tandem_error.title}: {tandem_error}"
        sys.stdout.flush()
        sys.stderr.write(text + "\n")
        details = tandem_error.details
        if not isinstance(tandem_error, UserError):
            details = "".join(traceback.format_exception(error))
            sys.stderr.write(details)
        self._write(f"{text}\n\n{details}" if details else text)
        return True

    def _write(self, text: str) -> None:
        if self.failure is None:
            return
        _release(self.failure)
        try:
            self.failure.parent.mkdir(parents=True, exist_ok=True)
            self.failure.write_text(text, encoding="utf-8")
        except OSError as error:
            sys.stderr.write(f"the failure file could not be written: {error}\n")


def _release(failure: Path) -> None:
    """Free the room reserved for a failure file."""
    room = _RESERVED.pop(failure, None)
    if room is not None:
        with room:
            os.ftruncate(room.fileno(), 0)  # a forked process may hold the file open, too


def exit_with_error(error: TandemError, failure: Path) -> NoReturn:
    """Report an error and end the program, from any thread, while the main one is blocked."""
    report = ExitStatus()
    report.failure = failure
    with report:
        raise error
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(report.exit_code)


def _to_tandem_error(error: BaseException) -> TandemError:
    if isinstance(error, TandemError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Stopped("interrupted")
    if isinstance(error, MemoryError):
        return TandemError("out of memory", remedy="Use a larger instance or less data")
    if isinstance(error, OSError) and error.strerror:
        return TandemError(f"{error.filename or 'the system'}: {error.strerror}")
    return TandemError(f"{type(error).__name__}: {error}")

"""Errors of the job's own code: reported with its file, its line and its message."""

from __future__ import annotations

import traceback
from types import TracebackType

from tandem.errors import Location, ScriptError, TandemError
from tandem.logs import logger
from tandem.script import code_import


class JobCodeBoundary:
    """Context manager around the job's own code: an exception of it becomes a ScriptError."""

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None or not isinstance(error, Exception) or isinstance(error, TandemError):
            return
        frames = [
            f for f in traceback.extract_tb(trace) if code_import.relative_to_code(f.filename)
        ]
        if not frames:
            return
        last = frames[-1]
        logger.error("%s failed", last.name, exc_info=error)
        failed = ScriptError(f"{last.name} raised {kind.__name__}: {error}")
        failed.where = Location(code_import.relative_to_code(last.filename), last.lineno)
        raise failed from error

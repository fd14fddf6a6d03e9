"""Errors of a user's function: the cause is logged, and the client gets one sentence."""

from __future__ import annotations

from types import TracebackType

from werkzeug.exceptions import HTTPException

from tandem.errors import NotAcceptable, ScriptError, TandemError, UnsupportedContentType
from tandem.logs import logger

# By name: a script may have Amazon's own package, which defines another class of this name.
_UNSUPPORTED = "UnsupportedFormatError"


class ScriptErrorBoundary:
    """Context manager of one function of a script.

    UnsupportedFormatError becomes 415 when the function is `reading` the body, else 406. An error
    with a `status_code` keeps it, and any other becomes a ScriptError, 500. Its message is part of
    the response only while the server is `starting`: later, it may quote a request.
    """

    def __init__(
        self, script: str, function: str, *, reading: bool = False, starting: bool = False
    ) -> None:
        self._place = f"{function} of {script}"
        self._reading = reading
        self._starting = starting

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if kind is None or not isinstance(error, Exception | SystemExit):
            return
        if isinstance(error, TandemError | HTTPException):
            return
        if any(base.__name__ == _UNSUPPORTED for base in kind.__mro__):
            refusal = UnsupportedContentType if self._reading else NotAcceptable
            raise refusal(f"{self._place}: {error}") from error
        logger.error("%s failed: %s: %s", self._place, kind.__name__, error, exc_info=error)
        reason = f"{kind.__name__}: {error}" if self._starting else kind.__name__
        failed = ScriptError(f"{self._place} raised {reason}; the log says more")
        status = getattr(error, "status_code", None)
        if isinstance(status, int) and 400 <= status < 600:
            failed.status = status
        raise failed from error

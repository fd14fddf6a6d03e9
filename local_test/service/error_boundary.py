"""Run a piece of work so that an unexpected error ends that piece only."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

_log = logging.getLogger(__name__)

ErrorHandler = Callable[[Exception], None]
"""Receives the unexpected error that ended a piece of work."""


def run_guarded(work: Callable[[], None], on_error: ErrorHandler) -> None:
    """Run a piece of work; an unexpected error is passed to `on_error` instead of raised."""

    def leave(
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        on_error(error)
        return True

    with ExitStack() as stack:
        stack.push(leave)
        work()


def run_round(work: Callable[[], None]) -> None:
    """Run one round of a thread that must go on; an unexpected error is logged."""
    run_guarded(work, lambda error: _log.error("a round ended unforeseen", exc_info=error))

"""Run a piece of work so that an unexpected error ends that piece alone."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

_log = logging.getLogger(__name__)

ErrorHandler = Callable[[Exception], None]
"""Is told the error that nobody expected and that ended a piece of work."""


def run_guarded(work: Callable[[], None], on_error: ErrorHandler) -> None:
    """Do a piece of work; an error that nobody expected is told, and ends nothing else."""

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
    """Do one round of a thread that has to go on; an error that nobody expected is logged."""
    run_guarded(work, lambda error: _log.error("a round ended unforeseen", exc_info=error))

"""Ctrl-C and SIGTERM: the first stops gracefully, the second skips the grace periods."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Never

from local_test.engines.graceful_stop import skip_grace_periods

_LOOK_SECONDS = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """The first signal, raised in the main thread; the exit code is 128 + signal number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def wait_for_signal() -> Never:
    """Wait for the first signal, which is raised as Interrupted.

    The system may deliver a signal to another thread than the main one, which then does not wake:
    it looks twice a second.
    """
    while True:
        time.sleep(_LOOK_SECONDS)


@contextmanager
def raise_on_signals() -> Iterator[None]:
    """Raise Interrupted on the first signal in the block; skip grace periods on later ones."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]  # started with nohup
    raised = False

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal raised
        if raised:
            skip_grace_periods()
            return
        raised = True
        raise Interrupted(number)

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Ctrl-C and SIGTERM: the first stops gracefully, the second skips the grace periods."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from local_test.engines.graceful_stop import skip_grace_periods

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """The first signal, raised in the main thread; the exit code is 128 + signal number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


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

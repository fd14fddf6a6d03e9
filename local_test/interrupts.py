"""Ctrl-C and SIGTERM: the first one ends the work in good order, the second one hurries it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from local_test.engines.graceful_stop import skip_grace_periods

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """The first signal, raised where the main thread stands; its exit code is 128 + n."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextmanager
def raise_on_signals() -> Iterator[None]:
    """Raise Interrupted on the first signal inside of the block; later ones cut grace short."""
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

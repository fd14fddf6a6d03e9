"""The platform's wish that the program should end: SIGTERM, then a grace of 120 seconds.

(Developer Guide, "How Amazon SageMaker AI Signals Algorithm Success and Failure".)
"""

from __future__ import annotations

import os
import signal
from types import FrameType

from tandem.errors import Stopped


class Stop:
    """Becomes `requested` once SIGTERM or SIGINT arrives; long work asks it between two steps."""

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> Stop:
        """Take over SIGTERM and SIGINT; as process 1 a program has no default action for them."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        return self

    def check(self) -> None:
        """Raise Stopped when a stop was requested: for work that has nothing to save."""
        if self.requested:
            raise Stopped("stopped on request before there was a model to keep")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True


def exit_on_sigterm() -> None:
    """End the program on SIGTERM, whatever it does: for a start, which has nothing to save.

    As process 1 it has no default action for the signal. The server takes it over later. What is
    written goes past Python's streams: the program may be just writing to them.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        os.write(2, b"stopped on request before the model was loaded.\n")
        os._exit(Stopped.exit_code)

    signal.signal(signal.SIGTERM, end)

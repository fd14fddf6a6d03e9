"""The platform's request to stop: SIGTERM, and SIGKILL 120 seconds later.

(Developer Guide, "How Amazon SageMaker AI Signals Algorithm Success and Failure".)
"""

from __future__ import annotations

import os
import signal
from types import FrameType

from tandem.errors import Stopped


class Stop:
    """A stop request; `requested` is true once SIGTERM or SIGINT arrives. Long work polls it."""

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> Stop:
        """Handle SIGTERM and SIGINT, which have no default action for process 1."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        return self

    def check(self) -> None:
        """Raise Stopped when a stop was requested, in work that has nothing to save."""
        if self.requested:
            raise Stopped("stopped on request before there was a model to keep")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True


def exit_on_sigterm() -> None:
    """Exit immediately on SIGTERM, during a start, which has nothing to save.

    Process 1 has no default action for the signal; the server handles it later. The message does
    not use Python's streams, because the program may be writing to them.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        os.write(2, b"stopped on request before the model was loaded.\n")
        os._exit(Stopped.exit_code)

    signal.signal(signal.SIGTERM, end)

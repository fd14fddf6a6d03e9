"""The platform's wish that the program should end: SIGTERM, then a grace of 120 seconds.

(Developer Guide, "How Amazon SageMaker AI Signals Algorithm Success and Failure".)
"""

from __future__ import annotations

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

"""The two ways in which a tracking server fails."""

from __future__ import annotations


class ServerUnreachableError(Exception):
    """The server does not answer now; the same request may succeed later."""


class RequestRefusedError(Exception):
    """The server refuses a request; it would refuse it again. `code` is MLflow's error code."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code

"""Refusals in the service's words: a code that clients look at, and a sentence."""

from collections.abc import Mapping
from typing import Any


class Fault(Exception):
    """A request that is refused; `more` goes into the answer beside code and message."""

    def __init__(
        self, code: str, message: str, status: int = 400, more: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.more = dict(more or {})


def invalid(message: str) -> Fault:
    """Refuse what the request says."""
    return Fault("ValidationException", message)


def in_use(message: str) -> Fault:
    """Refuse a name that is taken, or a thing that is busy."""
    return Fault("ResourceInUse", message)

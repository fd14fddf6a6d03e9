"""A request that is refused, and the types of WSGI that the door works with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

COMMAND_HEADER = "X-Local-Sagemaker"
"""A header of our own commands: a page of another origin cannot send one."""

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Refusal:
    """Status, code and sentence; `unreadable` where the rest of the body cannot be trusted."""

    status: int
    code: str
    message: str
    unreadable: bool = False


def make_forbidden(message: str) -> Refusal:
    """Refuse a caller."""
    return Refusal(403, "AccessDeniedException", message)

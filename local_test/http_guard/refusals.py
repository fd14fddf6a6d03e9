"""A rejected request, and the WSGI types of the guard."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

COMMAND_HEADER = "X-Local-Sagemaker"
"""Header that our commands send: a page of another origin cannot."""
ORIGINAL_HOST_HEADER = "X-Local-Sagemaker-Host"
"""Header in which the AWS proxy passes on the host name that a client called."""

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Refusal:
    """HTTP status, error code and sentence."""

    status: int
    code: str
    message: str


def make_forbidden(message: str) -> Refusal:
    """Return the refusal of a caller: 403."""
    return Refusal(403, "AccessDeniedException", message)

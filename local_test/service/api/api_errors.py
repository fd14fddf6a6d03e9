"""Refusals in the service's words: a code that clients look at, and a sentence."""

from collections.abc import Mapping
from typing import Any

from local_test.errors import DiskFull, EngineError, LocalError


class ApiError(Exception):
    """A request that is refused; `more` goes into the answer beside code and message."""

    def __init__(
        self, code: str, message: str, status: int = 400, more: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.more = dict(more or {})


def failure_reason(error: LocalError | ApiError | OSError) -> str:
    """Return the FailureReason of a job an error ended; one of this machine is not the client's."""
    ours = isinstance(error, EngineError | DiskFull | OSError)
    return f"{'InternalServerError' if ours else 'ClientError'}: {error}"


def to_api_error(error: LocalError) -> ApiError:
    """Refuse a request with an error's sentence: 500 for this machine's faults, 400 for others."""
    if isinstance(error, EngineError | DiskFull):
        return ApiError("InternalFailure", str(error), 500)
    return invalid(str(error))


def invalid(message: str) -> ApiError:
    """Refuse what the request says."""
    return ApiError("ValidationException", message)


def in_use(message: str) -> ApiError:
    """Refuse a name that is taken, or a thing that is busy."""
    return ApiError("ResourceInUse", message)

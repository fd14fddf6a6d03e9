"""Errors of the AWS API: a code that clients check, and a message."""

from collections.abc import Mapping
from typing import Any

from local_test.errors import DiskFull, EngineError, LocalError


class ApiError(Exception):
    """A rejected request: error code, message and HTTP status.

    `more` are further fields of the response's body.
    """

    def __init__(
        self, code: str, message: str, status: int = 400, more: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.more = dict(more or {})


def failure_reason(error: LocalError | ApiError | OSError) -> str:
    """Return the FailureReason of a job that an error ended.

    Errors of this machine (engine, disk) are InternalServerErrors, all others ClientErrors.
    """
    ours = isinstance(error, EngineError | DiskFull | OSError)
    return f"{'InternalServerError' if ours else 'ClientError'}: {error}"


def to_api_error(error: LocalError) -> ApiError:
    """Convert an error to an API error: status 500 for errors of this machine, 400 for others."""
    if isinstance(error, EngineError | DiskFull):
        return ApiError("InternalFailure", str(error), 500)
    return invalid(str(error))


def invalid(message: str) -> ApiError:
    """Return the error for an invalid request, a ValidationException."""
    return ApiError("ValidationException", message)


def in_use(message: str) -> ApiError:
    """Return the error for a name or a resource that is in use, a ResourceInUse."""
    return ApiError("ResourceInUse", message)

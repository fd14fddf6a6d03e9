"""Errors that scripts raise: an error's `status_code` becomes the response's status."""

from tandem.script.encoders import UnsupportedFormatError

__all__ = [
    "BaseInferenceToolkitError",
    "GenericInferenceToolkitError",
    "UnsupportedFormatError",
]


class BaseInferenceToolkitError(Exception):
    """An error with a status of its own."""

    def __init__(self, status_code: int, message: str, phrase: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.phrase = phrase


class GenericInferenceToolkitError(BaseInferenceToolkitError):
    """An error with a status of its own, and optionally a phrase."""

    def __init__(self, status_code: int, message: str = "", phrase: str = "") -> None:
        super().__init__(status_code, message, phrase)

"""Errors that scripts raise: UnsupportedFormatError becomes HTTP 415 or 406, others 500."""

from tandem.script.encoders import UnsupportedFormatError

__all__ = ["ClientError", "UnsupportedFormatError"]


class ClientError(Exception):
    """A mistake by the user of a framework container."""

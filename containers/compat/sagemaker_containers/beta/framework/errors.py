"""Errors scripts raise: UnsupportedFormatError is answered with 415 or 406, the others with 500."""

from tandem.script.encoders import UnsupportedFormatError

__all__ = ["ClientError", "UnsupportedFormatError"]


class ClientError(Exception):
    """What the user of a framework container did wrong."""

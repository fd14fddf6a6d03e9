"""The outcomes of a check that does not pass."""

from typing import NoReturn


class CheckFailed(Exception):
    """The image breaks the sentence; the text says what was observed."""


class NotApplicable(Exception):
    """The sentence does not apply to this image, or cannot be checked here; the text says why."""


class CheckBlocked(Exception):
    """Something that the check needs has failed."""


def expect(condition: object, message: str) -> None:
    """Raise CheckFailed with the message unless the condition is true."""
    if not condition:
        raise CheckFailed(message)


def raise_not_applicable(reason: str) -> NoReturn:
    """Raise NotApplicable."""
    raise NotApplicable(reason)

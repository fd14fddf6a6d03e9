"""How a check ends that does not pass."""

from typing import NoReturn


class CheckFailed(Exception):
    """The image does not keep the sentence; the text says what was seen."""


class NotApplicable(Exception):
    """The sentence does not concern this image, or cannot be looked at here; the text says why."""


class CheckBlocked(Exception):
    """What the check looks at is not there, because something before it failed."""


def expect(condition: object, message: str) -> None:
    """Raise Failed, saying what was seen, unless the sentence is kept."""
    if not condition:
        raise CheckFailed(message)


def raise_not_applicable(reason: str) -> NoReturn:
    """Raise NotApplicable."""
    raise NotApplicable(reason)

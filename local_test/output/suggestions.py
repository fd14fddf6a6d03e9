"""The name that a mistyped one was meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches

_CUTOFF = 0.7


def find_nearest(text: str, names: Iterable[str]) -> str | None:
    """Return the name nearest to a mistyped one, None where none is near."""
    nearest = get_close_matches(text, list(names), n=1, cutoff=_CUTOFF)
    return nearest[0] if nearest else None


def suggest_name(text: str, names: Iterable[str]) -> str:
    """Return the sentence that suggests the name nearest to a mistyped one, or nothing."""
    nearest = find_nearest(text, names)
    return f". Did you mean {nearest!r}?" if nearest else ""

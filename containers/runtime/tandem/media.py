"""Content types and Accept headers (RFC 9110, sections 8.3 and 12.5.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[str, Mapping[str, str]]:
    """Split a content type into its lower-case name and its parameters."""
    name, parameters = parse_options_header(text)
    return name.strip().lower(), {key.lower(): value for key, value in parameters.items()}


def best(accept: str, offered: Sequence[str]) -> tuple[str, Mapping[str, str]] | None:
    """Give the offered content type the Accept header likes best, with the parameters asked of it.

    None when it likes none of them.
    """
    wanted = [(*parse(item), quality) for item, quality in parse_accept_header(accept, MIMEAccept)]
    chosen = MIMEAccept([(name, quality) for name, _, quality in wanted]).best_match(list(offered))
    if chosen is None:
        return None
    return chosen, next((asked for name, asked, _ in wanted if name == chosen), {})

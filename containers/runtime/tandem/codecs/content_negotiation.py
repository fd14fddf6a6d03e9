"""Content types and Accept headers (RFC 9110, sections 8.3 and 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header

_MARK = re.compile(
    r"""(;\s*(?:delimiter|decimal|sep|separator)\s*=\s*)(["']?)(\\t|[^\w\s"'\\]|\t)\2(?=\s*(?:;|\Z))""",
    re.IGNORECASE,
)


def _quote_mark(match: re.Match[str]) -> str:
    return f'{match[1]}"{"tab" if match[3].endswith("t") else match[3]}"'


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[str, Mapping[str, str]]:
    """Parse a content type into its lower-case name and its parameters.

    A single character as a parameter's value needs no quotes: `delimiter=;`.
    """
    name, parameters = parse_options_header(_MARK.sub(_quote_mark, text))
    return name.strip().lower(), {key.lower(): value for key, value in parameters.items()}


def choose_best(accept: str, offered: Sequence[str]) -> tuple[str, Mapping[str, str]] | None:
    """Return the offered content type that an Accept header prefers, and its parameters.

    None when it accepts none of them.
    """
    accepted = [
        (*parse(item), quality) for item, quality in parse_accept_header(accept, MIMEAccept)
    ]
    best = MIMEAccept([(name, quality) for name, _, quality in accepted]).best_match(list(offered))
    if best is None:
        return None
    return best, next((asked for name, asked, _ in accepted if name == best), {})

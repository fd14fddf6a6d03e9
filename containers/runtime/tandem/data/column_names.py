"""Which column is which: the names a body gives its columns against those a model knows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from typing import Self

from tandem.data.text import header_row
from tandem.errors import BadData, Location, did_you_mean, join_words

_SHOWN, _LONGEST = 8, 60


class UnnamedSource:
    """What a source of a format without names says: its columns are known by position alone."""

    names = None
    ordered = True


class IndexedSource:
    """A source of a format that may hold an index: columns that label the rows.

    They are not read, unless a model or a recipe names them. Not an abstract base class:
    `isinstance`, which every request needs, takes five times as long with one.
    """

    @property
    def index(self) -> tuple[str, ...]:
        """The index columns that are left out."""
        raise NotImplementedError

    def keep_index(self, names: Collection[str]) -> Self:
        """Return the same body, in which index columns of these names are columns."""
        raise NotImplementedError


def check_names(
    names: Sequence[str], required: Collection[str], known: Collection[str], at: Location
) -> None:
    """Raise BadData for a column that is named twice, that is not there, or that nobody knows."""
    present = set(names)
    header_row.check_unique(names, at)
    if "" in present and "" not in known:
        header_row.check_all_named(names, at)
    unknown = [name for name in names if name not in known]
    missing = sorted(set(required) - present)
    if missing:
        raise BadData(
            f"{_describe_columns(missing)} not there",
            where=at,
            remedy=_suggest_name(missing, unknown),
        )
    if unknown:
        hint = did_you_mean(unknown[0], known)
        raise BadData(
            f"column {_shorten(unknown[0])} is not one the model knows"
            + (f"; {hint}" if hint else ""),
            where=at,
        )


def find_column_order(
    names: Sequence[str], expected: Sequence[str], at: Location
) -> list[int] | None:
    """Say where each wanted column stands; None where they stand in the wanted order already.

    Where the names differ, they are compared without the blanks around them. Raises BadData for a
    column that is named twice, missing or unknown.
    """
    if tuple(names) == tuple(expected):
        return None
    if set(names) != set(expected):
        names, expected = _strip(names), _strip(expected)
    check_names(names, expected, set(expected), at)
    place = {name: index for index, name in enumerate(names)}
    return [place[name] for name in expected]


def _strip(names: Sequence[str]) -> Sequence[str]:
    """Return names without the blanks around them, or as they are where that makes two equal."""
    stripped = [name.strip() for name in names]
    return stripped if len(set(stripped)) == len(names) else names


def hash_names(names: Sequence[str]) -> str:
    """Return a short text that is another one for other names, or for another order of them."""
    text = json.dumps(list(names), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _suggest_name(missing: Sequence[str], unknown: Sequence[str]) -> str:
    for name in unknown:
        if hint := did_you_mean(name, missing):
            return f"The model does not know {_shorten(name)}; {hint}"
    return "The model was trained with " + ("it" if len(missing) == 1 else "them")


def _describe_columns(names: Sequence[str]) -> str:
    return (
        f"column {_join_names(names)} is"
        if len(names) == 1
        else f"columns {_join_names(names)} are"
    )


def _join_names(names: Sequence[str]) -> str:
    shown = [_shorten(name) for name in names[:_SHOWN]]
    more = len(names) - _SHOWN
    return join_words([*shown, f"{more} more"] if more > 0 else shown)


def _shorten(name: str) -> str:
    return repr(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}...")

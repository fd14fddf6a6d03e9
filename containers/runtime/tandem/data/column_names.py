"""Match the column names of a body to those of a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from typing import Self

from tandem.data.text import header_row
from tandem.errors import BadData, Location, did_you_mean, join_words

_SHOWN, _LONGEST = 8, 60


class UnnamedSource:
    """Mixin of sources without column names: columns are read by position."""

    names = None
    ordered = True


class IndexedSource:
    """Base class of sources whose format may store an index, columns that label the rows.

    Index columns are not read, unless a model or a recipe names them. Not an abstract base class:
    `isinstance`, called once a request, takes five times as long with one.
    """

    @property
    def index(self) -> tuple[str, ...]:
        """The names of the index columns that are not read."""
        raise NotImplementedError

    def keep_index(self, names: Collection[str]) -> Self:
        """Return the same body, index columns of these names read like other columns."""
        raise NotImplementedError


def check_names(
    names: Sequence[str], required: Collection[str], known: Collection[str], at: Location
) -> None:
    """Raise BadData when a column is named twice, required and missing, or unknown."""
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
    """Return the index in `names` of each expected column; None when the order is the same.

    Names that differ are compared without surrounding blanks. Raises BadData when a column is named
    twice, missing or unknown.
    """
    if tuple(names) == tuple(expected):
        return None
    if set(names) != set(expected):
        names, expected = _strip(names), _strip(expected)
    check_names(names, expected, set(expected), at)
    positions = {name: index for index, name in enumerate(names)}
    return [positions[name] for name in expected]


def _strip(names: Sequence[str]) -> Sequence[str]:
    """Return names without surrounding blanks; unchanged when that would make two names equal."""
    stripped = [name.strip() for name in names]
    return stripped if len(set(stripped)) == len(names) else names


def hash_names(names: Sequence[str]) -> str:
    """Return a short hash of the ordered column names."""
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

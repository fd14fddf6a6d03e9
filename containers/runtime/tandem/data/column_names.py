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
    names: Sequence[str], wanted: Collection[str], known: Collection[str], at: Location
) -> None:
    """Raise BadData for a column that is named twice, that is not there, or that nobody knows."""
    given = set(names)
    header_row.check_unique(names, at)
    if "" in given and "" not in known:
        header_row.check_all_named(names, at)
    unknown = [name for name in names if name not in known]
    gone = sorted(set(wanted) - given)
    if gone:
        raise BadData(f"{_columns(gone)} not there", where=at, remedy=_meant(gone, unknown))
    if unknown:
        hint = did_you_mean(unknown[0], known)
        raise BadData(
            f"column {_cut(unknown[0])} is not one the model knows" + (f"; {hint}" if hint else ""),
            where=at,
        )


def find_column_order(
    names: Sequence[str], wanted: Sequence[str], at: Location
) -> list[int] | None:
    """Say where each wanted column stands; None where they stand in the wanted order already.

    Where the names differ, they are compared without the blanks around them. Raises BadData for a
    column that is named twice, missing or unknown.
    """
    if tuple(names) == tuple(wanted):
        return None
    if set(names) != set(wanted):
        names, wanted = _stripped(names), _stripped(wanted)
    check_names(names, wanted, set(wanted), at)
    place = {name: index for index, name in enumerate(names)}
    return [place[name] for name in wanted]


def _stripped(names: Sequence[str]) -> Sequence[str]:
    """Return names without the blanks around them, or as they are where that makes two equal."""
    stripped = [name.strip() for name in names]
    return stripped if len(set(stripped)) == len(names) else names


def hash_names(names: Sequence[str]) -> str:
    """Return a short text that is another one for other names, or for another order of them."""
    text = json.dumps(list(names), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _meant(gone: Sequence[str], unknown: Sequence[str]) -> str:
    for name in unknown:
        if hint := did_you_mean(name, gone):
            return f"The model does not know {_cut(name)}; {hint}"
    return "The model was trained with " + ("it" if len(gone) == 1 else "them")


def _columns(names: Sequence[str]) -> str:
    return f"column {_listed(names)} is" if len(names) == 1 else f"columns {_listed(names)} are"


def _listed(names: Sequence[str]) -> str:
    shown = [_cut(name) for name in names[:_SHOWN]]
    more = len(names) - _SHOWN
    return join_words([*shown, f"{more} more"] if more > 0 else shown)


def _cut(name: str) -> str:
    return repr(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}...")

"""Hosts whose columns are not the same ones, each refused by name."""

from __future__ import annotations

from collections.abc import Sequence

from booster.distributed.host_schema import Told
from tandem.errors import UserError

_ALIKE = "Write all files of a channel alike"


def features(told: Sequence[Told]) -> None:
    """Raise UserError where hosts differ in width, or in what stands beside the features."""
    for first, second in _pairs(told):
        _check_width(first, second)
        _check_parts(first, second)


def categories(told: Sequence[Told]) -> None:
    """Raise UserError where hosts, their columns in one order, differ in which are categories."""
    for first, second in _pairs(told):
        _check_categories(first, second)


def names(told: Sequence[Told]) -> None:
    """Raise UserError where hosts name other columns, or where a host's order cannot be known."""
    named = sorted((one for one in told if one.layout.names is not None), key=lambda one: one.host)
    for other in named[1:]:
        _check_names(named[0], other)
    orders = {one.layout.names for one in named}
    bare = [one.host for one in told if one.layout.names is None]
    if len(orders) > 1 and bare:
        raise UserError(
            f"host {bare[0]} has no names for its columns, and other hosts have theirs in different"
            " orders",
            remedy=_ALIKE,
        )


def _pairs(told: Sequence[Told]) -> list[tuple[Told, Told]]:
    first, *others = sorted(told, key=lambda one: one.host)
    return [(first, other) for other in others]


def _check_width(first: Told, second: Told) -> None:
    mine, others = second.layout, first.layout
    if mine.width != others.width and not (mine.grows and others.grows):
        raise UserError(
            f"host {second.host} has {mine.width} features, and {first.host} has {others.width}",
            remedy="All files of a channel must have the same columns",
        )


def _check_parts(first: Told, second: Told) -> None:
    for name in first.layout.parts.keys() & second.layout.parts.keys():
        differing = {*first.layout.parts[name]} ^ {*second.layout.parts[name]}
        for part in sorted(differing):
            having, lacking = first, second
            if part not in first.layout.parts[name]:
                having, lacking = second, first
            raise UserError(
                f"host {having.host} has a {part} in channel '{name}', and {lacking.host} has none",
                remedy=_ALIKE,
            )


def _check_names(first: Told, second: Told) -> None:
    for having, lacking in ((first, second), (second, first)):
        others = set(lacking.layout.names or ())
        for name in having.layout.names or ():
            if name not in others:
                raise UserError(
                    f"host {having.host} has a column {name!r}, and {lacking.host} has none",
                    remedy=_ALIKE,
                )


def _check_categories(first: Told, second: Told) -> None:
    mine = {c.place: c for c in first.layout.categorical}
    others = {c.place: c for c in second.layout.categorical}
    titles = first.layout.titles
    for place in sorted(mine.keys() ^ others.keys()):
        codes, numbers = (first, second) if place in mine else (second, first)
        raise UserError(
            f"column {titles[place]!r} holds categories on host {codes.host},"
            f" and numbers on {numbers.host}",
            remedy=_ALIKE,
        )
    for place, category in mine.items():
        if (category.texts is None) != (others[place].texts is None):
            texts, codes = (first, second) if category.texts is not None else (second, first)
            raise UserError(
                f"column {titles[place]!r} holds texts or codes of known texts on host"
                f" {texts.host}, and codes of unknown meaning on {codes.host}",
                remedy=_ALIKE,
            )

"""Refuses hosts whose columns differ, by name."""

from __future__ import annotations

from collections.abc import Sequence

from booster.distributed.host_schema import HostSchema
from tandem.errors import UserError

_ALIKE = "Write all files of a channel alike"


def check_features(schemas: Sequence[HostSchema]) -> None:
    """Raise UserError when hosts differ in width, or in the columns beside features and label."""
    for first, second in _pair_with_first(schemas):
        _check_width(first, second)
        _check_parts(first, second)


def check_categories(schemas: Sequence[HostSchema]) -> None:
    """Raise UserError when hosts differ in which columns are categorical; one order of columns."""
    for first, second in _pair_with_first(schemas):
        _check_categories(first, second)


def check_names(schemas: Sequence[HostSchema]) -> None:
    """Raise UserError when hosts have other column names, or the order of a host is unknown."""
    named = sorted(
        (one for one in schemas if one.schema.names is not None), key=lambda one: one.host
    )
    for other in named[1:]:
        _check_names(named[0], other)
    orders = {one.schema.names for one in named}
    bare = [one.host for one in schemas if one.schema.names is None]
    if len(orders) > 1 and bare:
        raise UserError(
            f"host {bare[0]} has no names for its columns, and other hosts have theirs in different"
            " orders",
            remedy=_ALIKE,
        )


def _pair_with_first(schemas: Sequence[HostSchema]) -> list[tuple[HostSchema, HostSchema]]:
    first, *others = sorted(schemas, key=lambda one: one.host)
    return [(first, other) for other in others]


def _check_width(first: HostSchema, second: HostSchema) -> None:
    mine, others = second.schema, first.schema
    if mine.width != others.width and not (mine.grows and others.grows):
        raise UserError(
            f"host {second.host} has {mine.width} features, and {first.host} has {others.width}",
            remedy="All files of a channel must have the same columns",
        )


def _check_parts(first: HostSchema, second: HostSchema) -> None:
    for name in first.schema.parts.keys() & second.schema.parts.keys():
        differing = {*first.schema.parts[name]} ^ {*second.schema.parts[name]}
        for part in sorted(differing):
            having, lacking = first, second
            if part not in first.schema.parts[name]:
                having, lacking = second, first
            raise UserError(
                f"host {having.host} has a {part} in channel '{name}', and {lacking.host} has none",
                remedy=_ALIKE,
            )


def _check_names(first: HostSchema, second: HostSchema) -> None:
    for having, lacking in ((first, second), (second, first)):
        others = set(lacking.schema.names or ())
        for name in having.schema.names or ():
            if name not in others:
                raise UserError(
                    f"host {having.host} has a column {name!r}, and {lacking.host} has none",
                    remedy=_ALIKE,
                )


def _check_categories(first: HostSchema, second: HostSchema) -> None:
    mine = {c.place: c for c in first.schema.categorical}
    others = {c.place: c for c in second.schema.categorical}
    titles = first.schema.titles
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

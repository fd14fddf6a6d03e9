"""What several hosts agree on before they train: which features there are, and what codes mean.

Each host reads its own files, so each has an order of columns and a numbering of categories of its
own. Names and texts say which of them are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from booster.distributed import schema_checks
from booster.distributed.host_schema import Layout, Told, moved
from booster.model.category_codes import Category


def common(told: Sequence[Told]) -> Layout:
    """Return the common layout: the first host's order, and its categories before the others'.

    Raises UserError, naming two hosts, where their columns are not the same ones.
    """
    schema_checks.features(told)
    schema_checks.names(told)
    names = next((one.layout.names for one in told if one.layout.names is not None), None)
    width = max(one.layout.width for one in told)
    grows = all(one.layout.grows for one in told)
    found = Layout(width, grows, names, (), {})
    placed = [Told(one.host, _placed(one.layout, found)) for one in told]
    schema_checks.categories(placed)
    return reduce(_united, (one.layout for one in placed))


def _placed(mine: Layout, to: Layout) -> Layout:
    found = sorted(moved(mine.categorical, mine.names, to), key=lambda one: one.place)
    return replace(to, categorical=tuple(found))


def _united(first: Layout, second: Layout) -> Layout:
    both = zip(first.categorical, second.categorical, strict=True)
    return replace(first, categorical=tuple(_union(mine, other) for mine, other in both))


def _union(mine: Category, other: Category) -> Category:
    if mine.texts is None or other.texts is None:
        return replace(mine, count=max(mine.count or 0, other.count or 0))
    texts = tuple(dict.fromkeys((*mine.texts, *other.texts)))
    return Category(mine.place, texts, len(texts))

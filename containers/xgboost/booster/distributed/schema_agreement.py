"""The columns several hosts agree on before training: which features, and what codes mean.

Each host reads its own files, and so has its own order of columns and numbers of categories. Names
and texts identify them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from booster.distributed import schema_checks
from booster.distributed.host_schema import ColumnSchema, HostSchema, move_categories
from booster.model.category_codes import Category


def agree_on_schema(schemas: Sequence[HostSchema]) -> ColumnSchema:
    """Return the common columns: in the first host's order, its categories before the others'.

    Raises UserError, naming two hosts, when their columns differ.
    """
    schema_checks.check_features(schemas)
    schema_checks.check_names(schemas)
    names = next((one.schema.names for one in schemas if one.schema.names is not None), None)
    width = max(one.schema.width for one in schemas)
    grows = all(one.schema.grows for one in schemas)
    common = ColumnSchema(width, grows, names, (), {})
    aligned = [HostSchema(one.host, _place_categories(one.schema, common)) for one in schemas]
    schema_checks.check_categories(aligned)
    return reduce(_unite, (one.schema for one in aligned))


def _place_categories(own: ColumnSchema, common: ColumnSchema) -> ColumnSchema:
    categories = sorted(
        move_categories(own.categorical, own.names, common), key=lambda one: one.place
    )
    return replace(common, categorical=tuple(categories))


def _unite(first: ColumnSchema, second: ColumnSchema) -> ColumnSchema:
    both = zip(first.categorical, second.categorical, strict=True)
    return replace(first, categorical=tuple(_unite_categories(mine, other) for mine, other in both))


def _unite_categories(first: Category, second: Category) -> Category:
    if first.texts is None or second.texts is None:
        return replace(first, count=max(first.count or 0, second.count or 0))
    texts = tuple(dict.fromkeys((*first.texts, *second.texts)))
    return Category(first.place, texts, len(texts))

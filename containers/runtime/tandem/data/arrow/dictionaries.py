"""Columns of categories in Arrow: dictionaries of texts, or codes described in the metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

# The key in the metadata of a field under which a column of codes lists its categories.
_KEY = "categories"


def encode_categories(categories: Sequence[str] | None) -> dict[str, str] | None:
    """Return a field's metadata with the categories of its codes, in the order of the codes."""
    if categories is None:
        return None
    return {_KEY: json.dumps(list(categories), ensure_ascii=False)}


def read_categories(field: Any) -> list[str] | None:
    """Return the categories in a field's metadata; None when it has none."""
    text = (field.metadata or {}).get(_KEY.encode())
    if text is None:
        return None
    try:
        categories = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (
        categories
        if isinstance(categories, list) and all(isinstance(t, str) for t in categories)
        else None
    )


def are_categories(column: Any, *, known: bool, new: bool) -> bool:
    """Return True for a column of category texts: `known`, or any dictionary if `new` is True."""
    import pyarrow.types as kinds

    kind = column.type
    if kinds.is_dictionary(kind):
        return (known or new) and is_text(kind.value_type)
    return known and is_text(kind)


def encode_distinct(column: Any) -> tuple[list[str | None], Any]:
    """Return a column's distinct texts, and each row's index in them, int64 (rows,), -1 is null."""
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = column.type
    if not kinds.is_dictionary(kind):
        column = column.cast(pa.string()).dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
    return array.dictionary.to_pylist(), array.indices.fill_null(-1).to_numpy().astype(np.int64)


def is_text(kind: Any) -> bool:
    """Return True for an Arrow type of texts."""
    import pyarrow.types as kinds

    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))

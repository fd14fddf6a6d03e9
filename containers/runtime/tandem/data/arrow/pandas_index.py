"""The index of a pandas or Dask data frame, which Parquet and Arrow files store as columns."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

from tandem.errors import BadData, Location

# What pandas and Dask call an index without a name. A file that another program has rewritten
# keeps the column and loses the metadata.
_RESERVED = re.compile(r"__index_level_[0-9]+__|__null_dask_index__")


def find_index_columns(schema: Any) -> tuple[str, ...]:
    """Return the names of the index columns of an Arrow schema.

    Source: pandas, "Storing pandas DataFrame objects in Apache Parquet format": the key
    `index_columns` of the metadata lists names, and objects for an index that is no column.
    """
    listed = _parse_index_names((schema.metadata or {}).get(b"pandas"))
    return tuple(name for name in schema.names if name in listed or _RESERVED.fullmatch(name))


def drop_index(table: Any, keep: Collection[str], file: str | None) -> Any:
    """Drop the index columns of an Arrow table, except those that `keep` names.

    Raises BadData when no other column is left.
    """
    names = table.column_names
    index = {name for name in find_index_columns(table.schema) if name not in keep}
    if not index:
        return table
    positions = [place for place, name in enumerate(names) if name not in index]
    if not positions:
        raise BadData(
            "every column is an index", where=Location(file), remedy="Write columns as well"
        )
    return table.select(positions)


def _parse_index_names(metadata: bytes | None) -> frozenset[str]:
    try:
        description = json.loads(metadata or b"{}")
    except (ValueError, RecursionError):
        return frozenset()
    columns = description.get("index_columns") if isinstance(description, dict) else None
    texts = columns if isinstance(columns, list) else []
    return frozenset(name for name in texts if isinstance(name, str))

"""The text of a view in the catalogue: its query as JSON in base64, in a comment.

Source: Trino, 'ViewReaderUtil'.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from local_test.service.query.query_error import QueryFailed

VIEW = "VIRTUAL_VIEW"
"""The TableType of views."""

_VIEW = re.compile(r"/\*\s*Presto View:\s*(?P<content>[A-Za-z0-9+/=]+)\s*\*/")


def write_view(sql: str, database: str, columns: Iterable[Mapping[str, str]]) -> str:
    """Return the text that the catalogue keeps of a view, in the form of Presto."""
    content = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": one["Name"], "type": one["Type"]} for one in columns],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(content).encode()).decode()} */"


def read_view(table: Mapping[str, Any]) -> tuple[str, str]:
    """Return the query of a view and its database. Raises QueryFailed when it has another form."""
    match = _VIEW.fullmatch(table.get("ViewOriginalText", "").strip())
    try:
        content = json.loads(base64.b64decode(match["content"])) if match else {}
        return str(content["originalSql"]), str(content["schema"])
    except (KeyError, ValueError) as error:
        raise QueryFailed(
            f"INVALID_VIEW: the text of view {table['Name']} cannot be read", "create it again"
        ) from error

"""Rows in folders by the values of their partition columns, as Hive names them.

Source: Apache Hive, 'FileUtils.escapePathName'; Athena User Guide, 'Considerations and limitations
for CTAS queries': 100 partitions a statement.
"""

import re
from collections.abc import Iterator, Sequence

import duckdb

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.result_values import format_value
from local_test.service.query.table_view import quote

_MAX = 100
_NULL = "__HIVE_DEFAULT_PARTITION__"
_ESCAPED = re.compile(r"[\x00-\x1f\x7f\"#%'*/:=?\\{\[\]^]")


def split_rows(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], partitions: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield for each partition of the table `written` a query of its rows, and the folders' values.

    The rows have no partition columns. Raises QueryFailed when there are more than 100 partitions.
    """
    keys = ", ".join(map(quote, partitions))
    distinct = f"SELECT DISTINCT {keys} FROM written ORDER BY ALL"  # noqa: S608
    numbered = f"SELECT row_number() OVER () AS number, * FROM ({distinct})"  # noqa: S608
    connection.execute(f"CREATE TEMP TABLE parts AS {numbered}")
    found = connection.execute(f"SELECT number, {keys} FROM parts ORDER BY 1").fetchall()  # noqa: S608
    if len(found) > _MAX:
        raise QueryFailed(
            f"HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {_MAX} open writers for partitions",
            "write in several statements",
        )
    chosen = ", ".join(f"w.{quote(one)}" for one in columns if one not in partitions)
    equal = " AND ".join(
        f"w.{quote(one)} IS NOT DISTINCT FROM p.{quote(one)}" for one in partitions
    )
    for number, *values in found:
        query = f"SELECT {chosen} FROM written w JOIN parts p ON {equal} WHERE p.number = {number}"  # noqa: S608
        yield query, [_escape(format_value(one)) for one in values]


def _escape(value: str | None) -> str:
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", value) if value else _NULL

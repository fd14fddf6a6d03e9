"""Types of columns: of the catalogue (Hive's), of DuckDB, and as Athena names them in results.

Source: Athena User Guide, 'Data types in Amazon Athena'.
"""

import re
from collections.abc import Mapping

from local_test.service.query.query_error import QueryFailed

_DUCKDB: Mapping[str, str] = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
}
_ATHENA: Mapping[str, str] = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "decimal",
    "DECIMAL": "decimal",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "BLOB": "varbinary",
}
_ARRAY = re.compile(r"array<(.+)>")
_LENGTH = re.compile(r"(varchar|char)\(\d+\)")
_DECIMAL = re.compile(r"decimal(\(\d+,\s*\d+\))?")


def to_duckdb(name: str) -> str:
    """Return DuckDB's type of a type of the catalogue. Raises QueryFailed if it has none."""
    kind = name.strip().lower()
    if match := _ARRAY.fullmatch(kind):
        return f"{to_duckdb(match[1])}[]"
    if match := _LENGTH.fullmatch(kind):
        kind = match[1]
    if _DECIMAL.fullmatch(kind):
        return kind.upper()
    if kind not in _DUCKDB:
        raise QueryFailed(
            f"the type {name} of a column is not supported by the local service",
            f"use one of {', '.join(sorted(_DUCKDB))} or array<>",
        )
    return _DUCKDB[kind]


def to_athena(duckdb_type: str) -> str:
    """Return the name that results give a type of DuckDB."""
    if duckdb_type.endswith("[]"):
        return "array"
    return _ATHENA.get(duckdb_type.partition("(")[0], "varchar")

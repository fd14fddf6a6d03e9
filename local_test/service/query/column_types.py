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
_TIMESTAMPS = ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")  # of other precisions
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
    **dict.fromkeys(("TIMESTAMP", *_TIMESTAMPS), "timestamp"),
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "BLOB": "varbinary",
}
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE")
_NESTED = re.compile(r"(array|map|struct)<.+>")
_LENGTH = re.compile(r"(varchar|char)\(\d+\)")
_DECIMAL = re.compile(r"decimal(\(\d+,\s*\d+\))?")


def to_duckdb(name: str) -> str:
    """Return DuckDB's type of a type of the catalogue. Raises QueryFailed if it has none."""
    kind = name.strip().lower()
    if _NESTED.fullmatch(kind):
        return _convert_nested(kind)
    if match := _LENGTH.fullmatch(kind):
        kind = match[1]
    if _DECIMAL.fullmatch(kind):
        return kind.upper()
    if kind not in _DUCKDB:
        raise QueryFailed(
            f"the type {name} of a column is not supported by the local service",
            f"use one of {', '.join(sorted(_DUCKDB))}, array<>, map<> or struct<>",
        )
    return _DUCKDB[kind]


def _convert_nested(kind: str) -> str:
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        parsed = exp.DataType.build(kind, dialect="hive")
    except SqlglotError as error:
        raise QueryFailed(f"the type {kind} of a column is invalid", "correct it") from error
    for part in parsed.find_all(exp.DataType):
        if not part.args.get("nested"):
            to_duckdb(part.sql("hive").replace("STRING(", "VARCHAR("))
    return str(parsed.sql("duckdb"))


def choose_written(duckdb_type: str) -> str:
    """Return the type of DuckDB that a column has in files; sums are bigint, as Athena's are."""
    if duckdb_type in _TIMESTAMPS:
        return "TIMESTAMP"
    return "BIGINT" if duckdb_type == "HUGEINT" else duckdb_type


def to_catalog(column: str, duckdb_type: str) -> str:
    """Return the catalogue's type of a column with a type of DuckDB.

    Raises QueryFailed when tables have no such type.
    """
    from sqlglot import exp

    if duckdb_type == '"NULL"':
        raise QueryFailed(
            f"COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: {column}", "cast the NULL"
        )
    if "TIME ZONE" in duckdb_type or duckdb_type in {"TIME", "INTERVAL"}:
        raise QueryFailed(
            f"NOT_SUPPORTED: Unsupported Hive type: {duckdb_type.lower()}, column {column}",
            "cast it to timestamp or varchar",
        )
    kind = exp.DataType.build(duckdb_type, dialect="duckdb").sql("hive").lower()
    kind = kind.replace(": ", ":").replace(", ", ",")
    to_duckdb(kind)
    return kind


def fits(source: str, target: str) -> bool:
    """Return whether INSERT takes a value of a type for a column of a type, both of DuckDB.

    Source: Trino, 'Implicit type coercion': numbers become wider, dates timestamps.
    """
    first, second = source.partition("(")[0], target.partition("(")[0]
    if first in {'"NULL"', second} or (first, second) == ("DATE", "TIMESTAMP"):
        return True
    if first in _NUMBERS and second in _NUMBERS:
        return _NUMBERS.index(first) < _NUMBERS.index(second)
    return source.endswith(("]", ")")) and target.endswith(("]", ")")) and source[-1] == target[-1]


def to_athena(duckdb_type: str) -> str:
    """Return the name that results give a type of DuckDB."""
    if duckdb_type.endswith("[]"):
        return "array"
    if duckdb_type.startswith(("STRUCT", "MAP")):
        return "row" if duckdb_type.startswith("STRUCT") else "map"
    return _ATHENA.get(duckdb_type.partition("(")[0], "varchar")

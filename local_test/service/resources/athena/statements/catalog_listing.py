"""Statements that show the catalogue: DESCRIBE and SHOW.

Source: Athena User Guide, 'SHOW TABLES' and its neighbours: names by a pattern of Hive.
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import CatalogStatement
from local_test.service.query.view_text import VIEW, read_view

_COLUMNS = {
    "show databases": ("database_name",),
    "show tables": ("tab_name",),
    "show views": ("views",),
    "show columns": ("field",),
    "show partitions": ("partition",),
    "show tblproperties": ("prpt_name", "prpt_value"),
    "show create table": ("createtab_stmt",),
    "show create view": ("Create View",),
    "describe table": ("col_name", "data_type", "comment"),
}


def name_columns(verb: str) -> Sequence[tuple[str, str]]:
    """Return the columns of the result of a statement; their cells are separated by tabs."""
    return [(name, "string") for name in _COLUMNS.get(verb, ("result",))]


def show(glue: Any, statement: CatalogStatement) -> Sequence[str]:
    """Return the lines of DESCRIBE or SHOW. Raises QueryFailed when the table does not fit.

    `glue` is a client, whose errors pass.
    """
    database, pattern = statement.table.database, statement.pattern
    match statement.verb:
        case "show databases":
            return _choose((one["Name"] for one in list_databases(glue)), pattern)
        case "show tables":
            return _choose((one["Name"] for one in list_tables(glue, database)), pattern)
        case "show views":
            found = (one for one in list_tables(glue, database) if one.get("TableType") == VIEW)
            return _choose((one["Name"] for one in found), pattern)
    return _show_table(glue, statement)


def _show_table(glue: Any, statement: CatalogStatement) -> Sequence[str]:
    name = statement.table
    table = glue.get_table(DatabaseName=name.database, Name=name.name)["Table"]
    columns = [*table["StorageDescriptor"]["Columns"], *table.get("PartitionKeys", ())]
    match statement.verb:
        case "describe table":
            return [_describe_column(item) for item in columns]
        case "show columns":
            return [item["Name"] for item in columns]
        case "show tblproperties":
            return [f"{key}\t{value}" for key, value in sorted(table["Parameters"].items())]
        case "show partitions":
            keys = [item["Name"] for item in table.get("PartitionKeys", ())]
            pages = glue.get_paginator("get_partitions").paginate(
                DatabaseName=name.database, TableName=name.name
            )
            found = (one["Values"] for page in pages for one in page["Partitions"])
            return sorted("/".join(map("=".join, zip(keys, one, strict=True))) for one in found)
        case "show create view" if table.get("TableType") == VIEW:
            sql, _ = read_view(table)
            return [f"CREATE VIEW {name.database}.{name.name} AS", *sql.splitlines()]
        case "show create table" if table.get("TableType") != VIEW:
            return _write_table(f"`{name.database}`.`{name.name}`", table)
    raise QueryFailed(
        f"NOT_SUPPORTED: {statement.verb} of {name.database}.{name.name}",
        "use SHOW CREATE VIEW for views and SHOW CREATE TABLE for tables",
    )


def _describe_column(item: Mapping[str, str]) -> str:
    """Return a line of DESCRIBE; Hive fills its cells with blanks."""
    cells = (item["Name"], item["Type"], item.get("Comment", ""))
    return "\t".join(f"{cell:<20}" for cell in cells)


def _write_table(name: str, table: Mapping[str, Any]) -> Sequence[str]:
    descriptor = table["StorageDescriptor"]
    serde = descriptor.get("SerdeInfo", {})
    lines = [f"CREATE EXTERNAL TABLE {name}(", *_write_columns(descriptor["Columns"])]
    if table.get("PartitionKeys"):
        lines += ["PARTITIONED BY (", *_write_columns(table["PartitionKeys"])]
    lines += ["ROW FORMAT SERDE", f"  '{serde.get('SerializationLibrary', '')}'"]
    lines += _write_pairs("WITH SERDEPROPERTIES (", serde.get("Parameters", {}))
    lines += ["LOCATION", f"  '{descriptor['Location']}'"]
    return lines + _write_pairs("TBLPROPERTIES (", table.get("Parameters", {}))


def _write_columns(columns: Sequence[Mapping[str, str]]) -> Sequence[str]:
    texts = [f"  `{item['Name']}` {item['Type']}" for item in columns]
    return [f"{text}, " for text in texts[:-1]] + [f"{texts[-1]})"]


def _write_pairs(head: str, pairs: Mapping[str, str]) -> list[str]:
    texts = [f"  '{key}'='{value}'" for key, value in sorted(pairs.items()) if key != "EXTERNAL"]
    return [head, *(f"{text}, " for text in texts[:-1]), f"{texts[-1]})"] if texts else []


def list_databases(glue: Any) -> list[Mapping[str, Any]]:
    """Return the databases of the catalogue, by name."""
    pages = glue.get_paginator("get_databases").paginate()
    return sorted((one for page in pages for one in page["DatabaseList"]), key=_get_name)


def list_tables(glue: Any, database: str) -> list[Mapping[str, Any]]:
    """Return the tables and views of a database, by name."""
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
    return sorted((one for page in pages for one in page["TableList"]), key=_get_name)


def _get_name(one: Mapping[str, Any]) -> str:
    return str(one["Name"])


def _choose(names: Iterable[str], pattern: str | None) -> Sequence[str]:
    """Return the names that fit a pattern of Hive: `*` is any text, `|` separates choices."""
    forms = ["*"] if pattern is None else pattern.lower().split("|")
    return [name for name in names if any(fnmatchcase(name.lower(), form) for form in forms)]

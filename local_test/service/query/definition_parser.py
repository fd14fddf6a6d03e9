"""Statements about the catalogue: CREATE EXTERNAL TABLE, DROP, DESCRIBE and SHOW.

Source: Athena User Guide, 'DDL statements'.
"""

import re
from collections.abc import Mapping

from sqlglot import exp

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import (
    CatalogStatement,
    Statement,
    TableCreation,
    TableName,
)

CATALOG = "awsdatacatalog"
_SHOW = re.compile(
    r"SHOW\s+(?P<what>TABLES|DATABASES|SCHEMAS|VIEWS)(?:\s+(?:IN|FROM)\s+[\"`]?(?P<database>[\w-]+)[\"`]?)?"
    r"(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?",
    re.IGNORECASE,
)
_ABOUT_TABLE = re.compile(
    r"(?P<verb>MSCK\s+REPAIR\s+TABLE|SHOW\s+(?:CREATE\s+(?:TABLE|VIEW)|PARTITIONS|TBLPROPERTIES"
    r"|COLUMNS\s+(?:IN|FROM)))\s+(?P<name>\S+)",
    re.IGNORECASE,
)


def name_table(table: exp.Table, database: str) -> TableName:
    """Return the name of a table. Raises QueryFailed when its catalog is not supported."""
    if table.catalog and table.catalog.lower() != CATALOG:
        raise QueryFailed(
            f"the catalog {table.catalog} is not supported by the local service",
            "use AwsDataCatalog",
        )
    return TableName((table.db or database).lower(), table.name.lower())


def read_definition(tree: exp.Expr, database: str) -> Statement:
    """Return the statement CREATE, DROP or DESCRIBE.

    Raises QueryFailed when it has another form.
    """
    kind = str(tree.args.get("kind") or "TABLE").upper()
    target = tree.find(exp.Table)
    if target is None:
        raise refuse(tree)
    if kind in {"DATABASE", "SCHEMA"}:
        verb = f"{tree.key} database"
        name = TableName(target.name.lower(), "")
        return CatalogStatement(
            verb, name, bool(tree.args.get("exists")), cascade=bool(tree.args.get("cascade"))
        )
    table = name_table(target, database)
    if isinstance(tree, exp.Create):
        return _read_creation(tree, table)
    if kind not in {"TABLE", "VIEW"}:
        raise refuse(tree)
    return CatalogStatement(f"{tree.key} {kind.lower()}", table, bool(tree.args.get("exists")))


def _read_creation(tree: exp.Create, table: TableName) -> TableCreation:
    found = tree.args.get("properties")
    properties = list(found.expressions) if found is not None else []
    by_type = {type(one): one for one in properties}
    schema, location = tree.this, by_type.get(exp.LocationProperty)
    if exp.ExternalProperty not in by_type or location is None or tree.expression is not None:
        raise refuse(tree)
    serde, options = _read_format(by_type)
    options |= {one.name: one.args["value"].name for one in properties if type(one) is exp.Property}
    partitioned = by_type.get(exp.PartitionedByProperty)
    return TableCreation(
        table,
        _read_columns(schema),
        _read_columns(partitioned.this) if partitioned is not None else {},
        location.this.name,
        serde,
        options,
        bool(tree.args.get("exists")),
    )


def _read_columns(schema: exp.Expr) -> dict[str, str]:
    return {
        one.name.lower(): one.args["kind"].sql("hive").lower()
        for one in schema.expressions
        if isinstance(one, exp.ColumnDef)
    }


def _read_format(by_type: Mapping[type, exp.Expr]) -> tuple[str, dict[str, str]]:
    """Return the library that reads the files of a table, and its options."""
    serde = by_type.get(exp.RowFormatSerdeProperty)
    if serde is not None:
        options = serde.args.get("serde_properties")
        pairs = options.expressions if options is not None else []
        return serde.this.name, {one.this.name: one.args["value"].name for one in pairs}
    delimited = by_type.get(exp.RowFormatDelimitedProperty)
    if delimited is not None:
        fields = delimited.args.get("fields")
        return "LazySimpleSerDe", {"field.delim": fields.name if fields is not None else "\x01"}
    stored = by_type.get(exp.FileFormatProperty)
    return ("parquet" if stored is None else stored.this.name.lower()), {}


def read_command(tree: exp.Expr, sql: str, database: str) -> CatalogStatement:
    """Return the statement SHOW or MSCK. Raises QueryFailed when it is another one."""
    text = sql.strip().rstrip(";").strip()
    if match := _SHOW.fullmatch(text):
        what = match["what"].lower().replace("schemas", "databases")
        name = TableName((match["database"] or database).lower(), "")
        return CatalogStatement(f"show {what}", name, pattern=match["pattern"])
    if match := _ABOUT_TABLE.fullmatch(text):
        parts = match["name"].replace("`", "").replace('"', "").lower().split(".")
        verb = " ".join(match["verb"].lower().split()).removesuffix(" in").removesuffix(" from")
        return CatalogStatement(verb, TableName((database, *parts)[-2], parts[-1]))
    raise refuse(tree)


def refuse(tree: exp.Expr) -> QueryFailed:
    """Return the error for a statement that is not supported."""
    return QueryFailed(
        f"NOT_SUPPORTED: {tree.key} statements of this form are not supported by the local service",
        "use SELECT, UNLOAD, INSERT, CREATE TABLE AS, CREATE VIEW, CREATE EXTERNAL TABLE, CREATE"
        " DATABASE, DROP, DESCRIBE or SHOW",
    )

"""Athena's SQL, read by sqlglot: queries for DuckDB, and statements about the catalogue.

Source: Athena User Guide, 'DDL statements' and 'Functions in Amazon Athena'.
"""

import logging
import re
from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import (
    CatalogStatement,
    SelectQuery,
    Statement,
    TableCreation,
    TableName,
)
from local_test.service.query.unload_statement import is_unload, read_unload

CATALOG = "awsdatacatalog"
_DIALECT = "athena"
_TERADATA = {"yyyy": "%Y", "mm": "%m", "dd": "%d", "hh24": "%H", "hh": "%I", "mi": "%M", "ss": "%S"}
_PARTS = re.compile("|".join(_TERADATA))
_SHOW = re.compile(
    r"SHOW\s+(?P<what>TABLES|DATABASES|SCHEMAS)(?:\s+(?:IN|FROM)\s+[\"`]?(?P<database>[\w-]+)[\"`]?)?",
    re.IGNORECASE,
)
_REPAIR = re.compile(r"MSCK\s+REPAIR\s+TABLE\s+(?P<name>\S+)", re.IGNORECASE)

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of each SHOW


def parse_statement(sql: str, database: str) -> Statement:
    """Return the statement of a text; names without a database are of `database`.

    Raises QueryFailed when the text is none, or a statement that is not supported.
    """
    if is_unload(sql):
        return read_unload(sql, lambda query: _parse_query(query, database))
    try:
        found = [one for one in sqlglot.parse(sql, read=_DIALECT) if one is not None]
    except SqlglotError as error:
        message = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]
        raise QueryFailed(f"SYNTAX_ERROR: {message}", "correct the SQL") from error
    if len(found) != 1:
        raise QueryFailed(f"one statement is needed, {len(found)} are given", "send them singly")
    tree = found[0]
    if isinstance(tree, exp.Query):
        return _read_query(tree, database)
    if isinstance(tree, exp.Create | exp.Drop | exp.Describe):
        return _read_definition(tree, database)
    return _read_command(tree, sql, database)


def _parse_query(sql: str, database: str) -> SelectQuery:
    statement = parse_statement(sql, database)
    if not isinstance(statement, SelectQuery):
        raise QueryFailed("SYNTAX_ERROR: UNLOAD needs a SELECT", "correct the SQL")
    return statement


def _read_query(tree: exp.Expr, database: str) -> SelectQuery:
    tables = dict[TableName, None]()
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
                name = _name_table(source, database)
                tables[name] = None
                source.set("catalog", None)
                source.set("db", exp.to_identifier(name.database, quoted=True))
    return SelectQuery(tree.transform(_convert).sql("duckdb"), list(tables))


def _name_table(table: exp.Table, database: str) -> TableName:
    if table.catalog and table.catalog.lower() != CATALOG:
        raise QueryFailed(
            f"the catalog {table.catalog} is not supported by the local service",
            "use AwsDataCatalog",
        )
    return TableName((table.db or database).lower(), table.name.lower())


def _convert(node: exp.Expr) -> exp.Expr:
    """Convert Athena's to_timestamp(text, format), whose format has Teradata's names."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() != "to_timestamp":
        return node
    arguments = node.expressions
    if len(arguments) != len(("text", "format")) or not arguments[1].is_string:
        return node
    form = _PARTS.sub(lambda match: _TERADATA[match[0]], arguments[1].name)
    return exp.func("strptime", arguments[0], exp.Literal.string(form), dialect="duckdb")


def _read_definition(tree: exp.Expr, database: str) -> Statement:
    kind = str(tree.args.get("kind", "TABLE")).upper()
    target = tree.find(exp.Table)
    if target is None:
        raise _refuse(tree)
    if kind in {"DATABASE", "SCHEMA"}:
        verb = f"{tree.key} database"
        name = TableName(target.name.lower(), "")
        return CatalogStatement(verb, name, bool(tree.args.get("exists")))
    table = _name_table(target, database)
    if isinstance(tree, exp.Create):
        return _read_creation(tree, table)
    if kind != "TABLE":
        raise _refuse(tree)
    return CatalogStatement(f"{tree.key} table", table, bool(tree.args.get("exists")))


def _read_creation(tree: exp.Create, table: TableName) -> TableCreation:
    found = tree.args.get("properties")
    properties = list(found.expressions) if found is not None else []
    by_type = {type(one): one for one in properties}
    schema, location = tree.this, by_type.get(exp.LocationProperty)
    if exp.ExternalProperty not in by_type or location is None or tree.expression is not None:
        raise _refuse(tree)
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


def _read_command(tree: exp.Expr, sql: str, database: str) -> CatalogStatement:
    text = sql.strip().rstrip(";").strip()
    if match := _SHOW.fullmatch(text):
        what = "tables" if match["what"].upper() == "TABLES" else "databases"
        return CatalogStatement(f"show {what}", TableName((match["database"] or database), ""))
    if match := _REPAIR.fullmatch(text):
        parts = match["name"].replace("`", "").replace('"', "").lower().split(".")
        return CatalogStatement("repair table", TableName((database, *parts)[-2], parts[-1]))
    raise _refuse(tree)


def _refuse(tree: exp.Expr) -> QueryFailed:
    return QueryFailed(
        f"NOT_SUPPORTED: {tree.key} statements of this form are not supported by the local service",
        "use SELECT, UNLOAD, CREATE EXTERNAL TABLE, CREATE DATABASE, DROP, DESCRIBE or SHOW",
    )

"""CREATE TABLE AS, CREATE VIEW, and UNLOAD, which sqlglot does not read.

Sources: Athena User Guide, 'CREATE TABLE AS', 'CREATE VIEW', 'UNLOAD'.
"""

import re
from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from local_test.service.query.definition_parser import name_table
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import (
    FileOptions,
    SelectQuery,
    TableFromQuery,
    UnloadStatement,
    ViewCreation,
)

_COMPRESSIONS = ("write_compression", "parquet_compression", "orc_compression")
_OPTIONS = ("format", "external_location", "field_delimiter", "partitioned_by", "table_type")
_BEGIN = re.compile(r"\s*UNLOAD\b", re.IGNORECASE)
_UNLOAD = re.compile(
    r"\s*UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']+)'\s*WITH\s*\((?P<options>[^()]*)\)"
    r"\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_UNLOAD_OPTION = re.compile(
    r"\s*(?P<name>\w+)\s*=\s*(?:'(?P<value>[^']*)'|ARRAY\s*\[(?P<list>[^\]]*)\])\s*(?:,|$)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"'([^']*)'")
_ADVICE = "write UNLOAD (SELECT ...) TO 's3://bucket/folder/' WITH (format = 'PARQUET')"


def read_table_from_query(tree: exp.Create, query: SelectQuery, database: str) -> TableFromQuery:
    """Return the statement CREATE TABLE AS. Raises QueryFailed when it has an unknown option."""
    found = tree.args.get("properties")
    options, has_rows = dict[str, Any](), True
    for one in found.expressions if found is not None else ():
        if isinstance(one, exp.WithDataProperty):
            has_rows = not one.args.get("no")
        else:
            name, value = _read_option(one)
            options[name] = value
    unknown = sorted(options.keys() - {*_OPTIONS, *_COMPRESSIONS})
    if unknown:
        raise QueryFailed(
            f"NOT_SUPPORTED: CREATE TABLE AS: the property {unknown[0]} is not supported by the"
            " local service",
            f"use {', '.join((*_OPTIONS, *_COMPRESSIONS))}",
        )
    if options.get("table_type", "HIVE").upper() != "HIVE":
        raise QueryFailed(
            f"NOT_SUPPORTED: CREATE TABLE AS: table_type {options['table_type']} is not supported"
            " by the local service",
            "use HIVE",
        )
    compression = next((options[one] for one in _COMPRESSIONS if one in options), None)
    form = options.get("format", "PARQUET").upper()
    return TableFromQuery(
        name_table(_find_target(tree), database),
        _require_names(query),
        FileOptions(
            form,
            None if compression is None else compression.upper(),
            options.get("field_delimiter", FileOptions.delimiter),
        ),
        options.get("external_location"),
        options.get("partitioned_by", ()),
        bool(tree.args.get("exists")),
        has_rows,
    )


def _read_option(node: exp.Expr) -> tuple[str, Any]:
    if isinstance(node, exp.FileFormatProperty):
        return "format", node.this.name
    if isinstance(node, exp.PartitionedByProperty):
        items = node.this.expressions or [node.this]
        return "partitioned_by", [one.name.lower() for one in items]
    value = node.args.get("value")
    return node.name.lower() or node.key, value.name if isinstance(value, exp.Expr) else ""


def read_view_creation(
    tree: exp.Create, query: SelectQuery, sql: str, database: str
) -> ViewCreation:
    """Return the statement CREATE VIEW, with the text of its query as it was written."""
    columns = None
    if isinstance(tree.this, exp.Schema):
        columns = [one.name.lower() for one in tree.this.expressions]
    return ViewCreation(
        name_table(_find_target(tree), database),
        query if columns else _require_names(query),
        _find_query_text(sql),
        columns,
        bool(tree.args.get("replace")),
    )


def _find_target(tree: exp.Create) -> exp.Table:
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if not isinstance(target, exp.Table):
        raise QueryFailed("SYNTAX_ERROR: the name is missing", "correct the SQL")
    return target


def _find_query_text(sql: str) -> str:
    depth = 0
    for token in sqlglot.tokenize(sql, read="athena"):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if token.token_type is TokenType.ALIAS and depth == 0:
            return sql[token.end + 1 :].strip().rstrip(";").strip()
    raise QueryFailed("SYNTAX_ERROR: AS is missing", "correct the SQL")


def _require_names(query: SelectQuery) -> SelectQuery:
    if not query.has_names:
        raise QueryFailed(
            "COLUMN_NAME_NOT_SPECIFIED: line 1:1: a column of the query has no name",
            "name it with AS",
        )
    return query


def is_unload(sql: str) -> bool:
    """Return True if a text is a statement UNLOAD."""
    return _BEGIN.match(sql) is not None


def read_unload(sql: str, parse_query: Callable[[str], SelectQuery]) -> UnloadStatement:
    """Return the statement of a text; `parse_query` reads the query in it.

    Raises QueryFailed when it has another form or an option that is not supported.
    """
    match = _UNLOAD.fullmatch(sql)
    if match is None:
        raise QueryFailed("SYNTAX_ERROR: UNLOAD has another form", _ADVICE)
    options = _read_unload_options(match["options"])
    unknown = options.keys() - {"format", "compression", "field_delimiter", "partitioned_by"}
    if unknown or "format" not in options:
        problem = f"option {min(unknown)} is not supported" if unknown else "format is missing"
        raise QueryFailed(f"NOT_SUPPORTED: UNLOAD: {problem}", _ADVICE)
    compression = options.get("compression")
    files = FileOptions(
        options["format"].upper(),
        None if compression is None else compression.upper(),
        options.get("field_delimiter", FileOptions.delimiter),
    )
    partitions = [one.lower() for one in _ITEM.findall(options.get("partitioned_by", ""))]
    return UnloadStatement(parse_query(match["query"]), match["location"], files, partitions)


def _read_unload_options(text: str) -> dict[str, str]:
    found, position = dict[str, str](), 0
    while text[position:].strip():
        match = _UNLOAD_OPTION.match(text, position)
        if match is None:
            raise QueryFailed(f"NOT_SUPPORTED: UNLOAD: {text[position:].strip()}", _ADVICE)
        found[match["name"].lower()] = match["value"] if match["list"] is None else match["list"]
        position = match.end()
    return found

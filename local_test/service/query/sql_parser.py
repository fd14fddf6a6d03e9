"""Athena's SQL, read by sqlglot: queries for DuckDB, and statements that write or define.

Source: Athena User Guide, 'DDL statements' and 'Functions in Amazon Athena'.
"""

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from local_test.service.query.definition_parser import (
    name_table,
    read_command,
    read_definition,
    refuse,
)
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import (
    Insertion,
    SelectQuery,
    Statement,
    TableName,
)
from local_test.service.query.writing_parser import (
    is_unload,
    read_table_from_query,
    read_unload,
    read_view_creation,
)

_DIALECT = "athena"
_TERADATA = {"yyyy": "%Y", "mm": "%m", "dd": "%d", "hh24": "%H", "hh": "%I", "mi": "%M", "ss": "%S"}
_PARTS = re.compile("|".join(_TERADATA))

_MISSING_PART = re.compile("Required keyword: .* missing for <class .*>")
logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of each SHOW


def parse_statement(sql: str, database: str) -> Statement:
    """Return the statement of a text; names without a database are of `database`.

    Raises QueryFailed when the text is none, or a statement that is not supported.
    """
    if is_unload(sql):
        return read_unload(sql, lambda query: parse_query(query, database))
    tree = _parse_tree(sql)
    if isinstance(tree, exp.Query):
        return _read_query(tree, sql, database)
    if isinstance(tree, exp.Insert):
        return _read_insertion(tree, sql, database)
    if isinstance(tree, exp.Create) and isinstance(tree.expression, exp.Query):
        return _read_creation(tree, sql, database)
    if isinstance(tree, exp.Create | exp.Drop | exp.Describe):
        return read_definition(tree, database)
    return read_command(tree, sql, database)


def _read_creation(tree: exp.Create, sql: str, database: str) -> Statement:
    query = _read_query(tree.expression, sql, database)
    if str(tree.args.get("kind")).upper() == "VIEW":
        return read_view_creation(tree, query, sql, database)
    return read_table_from_query(tree, query, database)


def parse_query(sql: str, database: str) -> SelectQuery:
    """Return the query of a text. Raises QueryFailed when it is another statement."""
    tree = _parse_tree(sql)
    if not isinstance(tree, exp.Query):
        raise QueryFailed("SYNTAX_ERROR: line 1:1: a SELECT is needed", "correct the SQL")
    return _read_query(tree, sql, database)


def _parse_tree(sql: str) -> exp.Expr:
    try:
        found = [one for one in sqlglot.parse(sql, read=_DIALECT) if one is not None]
    except SqlglotError as error:
        raise QueryFailed(f"SYNTAX_ERROR: {_explain(error)}", "correct the SQL") from error
    if len(found) != 1:
        raise QueryFailed(
            f"SYNTAX_ERROR: Only one sql statement is allowed. Got: {len(found)}",
            "send them singly",
        )
    return found[0]


def _explain(error: SqlglotError) -> str:
    """Return `line L:C: ` of the unexpected text and what is wrong with it."""
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    if "line" not in details:
        return re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]
    text = details["highlight"] or ""
    column = details["col"] - max(len(text) - 1, 0)
    reason = _MISSING_PART.sub("an expression is missing", details["description"])
    return f"line {details['line']}:{column}: mismatched input '{text}': {reason}"


def _read_query(tree: exp.Query, text: str, database: str) -> SelectQuery:
    has_names = _name_columns(tree)
    tables = dict[TableName, None]()
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
                name = name_table(source, database)
                tables[name] = None
                source.set("catalog", None)
                source.set("db", exp.to_identifier(name.database, quoted=True))
    return SelectQuery(tree.transform(_convert).sql("duckdb"), list(tables), text, has_names)


def _name_columns(tree: exp.Query) -> bool:
    """Name the columns of a result without names `_col0` and so on; return if there were none."""
    first = tree
    while not isinstance(first, exp.Select):
        inner = first.this
        if not isinstance(inner, exp.Query):
            return True
        first = inner
    has_names = True
    for number, column in enumerate(first.selects):
        if column.is_star:
            break
        if not column.alias_or_name or not isinstance(column, exp.Alias | exp.Column | exp.Dot):
            column.replace(exp.alias_(column.copy(), f"_col{number}"))
            has_names = False
    return has_names


def _convert(node: exp.Expr) -> exp.Expr:
    """Convert Athena's to_timestamp(text, format), whose format has Teradata's names."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() != "to_timestamp":
        return node
    arguments = node.expressions
    if len(arguments) != len(("text", "format")) or not arguments[1].is_string:
        return node
    form = _PARTS.sub(lambda match: _TERADATA[match[0]], arguments[1].name)
    return exp.func("strptime", arguments[0], exp.Literal.string(form), dialect="duckdb")


def _read_insertion(tree: exp.Insert, sql: str, database: str) -> Insertion:
    target, rows = tree.this, tree.expression
    columns = None
    if isinstance(target, exp.Schema):
        columns = [one.name.lower() for one in target.expressions]
        target = target.this
    if isinstance(rows, exp.Values):
        rows = exp.select("*").from_(rows.copy())
    if not isinstance(target, exp.Table) or not isinstance(rows, exp.Query):
        raise refuse(tree)
    if (ctes := tree.args.get("with_")) is not None:
        rows.set("with_", ctes.copy())
    return Insertion(name_table(target, database), columns, _read_query(rows, sql, database))

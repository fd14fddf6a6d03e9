"""Why DuckDB did not do a query, in the form of Athena's reasons: a class, line and column.

Sources: Trino, 'StandardErrorCode'; Athena User Guide, 'Troubleshooting'.
"""

import re

from local_test.service.query.query_error import QueryFailed

_REASONS = (
    (
        re.compile(
            r'Referenced column "(?P<name>[^"]+)" not found|column named "(?P<other>[^"]+)"'
        ),
        "COLUMN_NOT_FOUND: {place}Column '{name}' cannot be resolved or requester is not authorized"
        " to access requested resources",
    ),
    (
        re.compile(r'Referenced table "(?P<name>[^"]+)" not found'),
        "COLUMN_NOT_FOUND: {place}Table '{name}' cannot be resolved",
    ),
    (
        re.compile(r'Ambiguous reference to column name "(?P<name>[^"]+)"'),
        "AMBIGUOUS_NAME: {place}Column '{name}' is ambiguous",
    ),
    (
        re.compile(r"Function with name (?P<name>\w+) does not exist"),
        "FUNCTION_NOT_FOUND: {place}Function '{name}' not registered",
    ),
    (
        re.compile(r"No function matches .* types '(?P<types>(?P<name>[^(]+)\(.*\))'"),
        "FUNCTION_NOT_FOUND: {place}Unexpected parameters for function {types}",
    ),
    (
        re.compile(r'column "(?P<name>[^"]+)" must appear in the GROUP BY clause'),
        "EXPRESSION_NOT_AGGREGATE: {place}'{name}' must be an aggregate expression or appear in"
        " GROUP BY clause",
    ),
    (
        re.compile(r"Could not convert string '(?P<value>.*)' to (?P<type>\w+)"),
        "INVALID_CAST_ARGUMENT: Cannot cast '{value}' to {type}",
    ),
    (re.compile(r"Division by zero"), "DIVISION_BY_ZERO: Division by zero"),
    (
        re.compile(r"out of range for the destination type (?P<type>\w+)"),
        "NUMERIC_VALUE_OUT_OF_RANGE: out of range for {type}",
    ),
    (re.compile(r"Cannot compare values of type .*"), "TYPE_MISMATCH: {place}{whole}"),
)


def explain_error(message: str, text: str) -> QueryFailed:
    """Return the failure for a message of DuckDB about a query; `text` is the user's SQL."""
    line = message.partition("\n")[0]
    for pattern, form in _REASONS:
        if match := pattern.search(line):
            parts = {key: value for key, value in match.groupdict().items() if value is not None}
            name = parts.get("name", parts.get("other", ""))
            place = locate_name(text, name)
            reason = form.format(**{**parts, "name": name, "place": place, "whole": match[0]})
            return QueryFailed(reason, "correct the SQL")
    return QueryFailed(f"GENERIC_USER_ERROR: {line}", "correct the SQL")


def locate_name(text: str, name: str) -> str:
    """Return `line L:C: ` for the first place of a name in a text, "" where it has none."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    try:
        tokens = tokenize(text, read="athena")
    except SqlglotError:
        return ""
    for token in tokens:
        if token.text.lower() == name.lower():
            before = text[: token.start]
            return f"line {before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: "
    return ""

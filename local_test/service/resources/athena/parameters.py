"""Parameters of statements: values for `?`, and PREPARE, EXECUTE and DEALLOCATE PREPARE.

Source: Athena User Guide, 'Use parameterized queries'.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local_test.service.query.query_error import QueryFailed

_PREPARE = re.compile(r"\s*PREPARE\s+(?P<name>\w+)\s+FROM\s+(?P<sql>.+)", re.IGNORECASE | re.DOTALL)
_EXECUTE = re.compile(
    r"\s*EXECUTE\s+(?P<name>\w+)(?:\s+USING\s+(?P<values>.+?))?\s*;?\s*", re.IGNORECASE | re.DOTALL
)
_DEALLOCATE = re.compile(r"\s*DEALLOCATE\s+PREPARE\s+(?P<name>\w+)\s*;?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Preparation:
    """PREPARE, or DEALLOCATE PREPARE, which has no `sql`."""

    name: str
    sql: str | None


@dataclass(frozen=True)
class PreparedExecution:
    """EXECUTE: the name of a prepared statement, and the SQL of each value."""

    name: str
    values: Sequence[str]


def read_prepared(sql: str) -> Preparation | PreparedExecution | None:
    """Return a statement about a prepared statement, None for another one.

    Raises QueryFailed when a value is invalid.
    """
    if match := _PREPARE.fullmatch(sql):
        return Preparation(match["name"], match["sql"].strip().rstrip(";").strip())
    if match := _DEALLOCATE.fullmatch(sql):
        return Preparation(match["name"], None)
    if match := _EXECUTE.fullmatch(sql):
        values = match["values"]
        return PreparedExecution(match["name"], [] if values is None else _split_values(values))
    return None


def fill_parameters(sql: str, values: Sequence[str]) -> str:
    """Return a statement with the values, SQL of constants, in place of each `?` in turn.

    Raises QueryFailed when there are more or fewer, or one is no constant.
    """
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError
    from sqlglot.tokenizer_core import TokenType

    try:
        tokens = tokenize(sql, read="athena")
    except SqlglotError as error:
        raise QueryFailed(f"SYNTAX_ERROR: {error}", "correct the SQL") from error
    places = [one for one in tokens if one.token_type is TokenType.PLACEHOLDER]
    if len(places) != len(values):
        raise QueryFailed(
            "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected"
            f" {len(places)} but found {len(values)}",
            "give one value for each ?",
        )
    parts, end = list[str](), 0
    for token, value in zip(places, values, strict=True):
        (constant,) = _split_values(value)
        parts += [sql[end : token.start], constant]
        end = token.end + 1
    return "".join([*parts, sql[end:]])


def _split_values(text: str) -> Sequence[str]:
    """Return the SQL of each constant of a list."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(f"SELECT {text}", read="athena")
    except SqlglotError as error:
        raise QueryFailed(f"INVALID_PARAMETER_USAGE: {text}", _ADVICE) from error
    varying = (exp.Column, exp.Query, exp.Alias, exp.Star)
    values = tree.selects if isinstance(tree, exp.Select) else []
    if not values or any(one.find(*varying) for one in values):
        raise QueryFailed(f"INVALID_PARAMETER_USAGE: {text} is no constant", _ADVICE)
    return [one.sql("athena") for one in values]


_ADVICE = "give a constant, a text in single quotes"

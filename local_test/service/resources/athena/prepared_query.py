"""The SQL that a query runs, with prepared statements and parameters filled in."""

from collections.abc import Sequence

from local_test.service.backend import Backend
from local_test.service.query.query_error import QueryFailed
from local_test.service.resources.athena.parameters import (
    Preparation,
    PreparedExecution,
    fill_parameters,
    read_prepared,
)
from local_test.service.resources.athena.prepared_statements import (
    find_statement,
    remove_statement,
    save_statement,
)


def resolve_query(
    backend: Backend, region: str, workgroup: str, sql: str, values: Sequence[str]
) -> str:
    """Return the SQL of a query: that of the prepared statement it names, with all values.

    Raises QueryFailed when the values do not fit, and ApiError when there is no such statement.
    """
    found = read_prepared(sql)
    if isinstance(found, PreparedExecution):
        if found.values and values:
            raise QueryFailed(
                "INVALID_PARAMETER_USAGE: line 1:1: values in USING and in ExecutionParameters",
                "give them in one place",
            )
        statement = find_statement(backend, region, workgroup, found.name)
        return fill_parameters(statement["QueryStatement"], found.values or values)
    if found is None and (values or "?" in sql):
        return fill_parameters(sql, values)
    return sql


def run_preparation(
    backend: Backend, region: str, workgroup: str, preparation: Preparation
) -> None:
    """Do PREPARE or DEALLOCATE PREPARE. Raises QueryFailed or ApiError when it cannot be done."""
    from local_test.service.query.sql_parser import parse_statement

    name, sql = preparation.name, preparation.sql
    if sql is None:
        remove_statement(backend, region, workgroup, name)
    else:
        parse_statement(sql, "default")
        save_statement(backend, region, workgroup, name, QueryStatement=sql)

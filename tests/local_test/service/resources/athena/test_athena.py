"""Athena: a query that nobody runs is refused."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account


def test_athena_runs_no_query(account: Account) -> None:
    athena = account.client("athena")
    sentence = "StartQueryExecution of athena is not supported"
    with pytest.raises(athena.exceptions.InvalidRequestException, match=sentence):
        athena.start_query_execution(QueryString="SELECT 1")
    with pytest.raises(ClientError, match="GetQueryResults of athena is not supported"):
        athena.get_query_results(QueryExecutionId="1")
    assert athena.list_work_groups()["WorkGroups"]

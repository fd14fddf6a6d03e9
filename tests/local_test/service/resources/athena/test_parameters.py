"""Parameters, prepared statements, reuse of results, statistics and metadata."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.athena.test_tables_and_views import do
from tests.local_test.service.resources.feature_groups.feature_service import (
    open_feature_service,
)

SQL = "SELECT ? AS n, 'why?' AS text, ? AS word"
PLACE = {"WorkGroup": "primary"}


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queries]:
    with open_feature_service(tmp_path_factory.mktemp("parameters")) as service:
        queries = Queries(service, "parameters")
        do(queries, "CREATE DATABASE parameters")
        yield queries


def fetch(queries: Queries, sql: str, *values: str) -> list[str | None]:
    done = queries.run(sql, ExecutionParameters=list(values))
    assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
    assert done["ExecutionParameters"] == list(values)
    found = queries.athena.get_query_results(QueryExecutionId=done["QueryExecutionId"])
    return [cell.get("VarCharValue") for cell in found["ResultSet"]["Rows"][1]["Data"]]


def test_parameters_are_values_in_the_order_of_a_query(queries: Queries) -> None:
    assert fetch(queries, SQL, "-7", "'it''s ?'") == ["-7", "why?", "it's ?"]
    for values, reason in (
        (["1"], "Incorrect number of parameters: expected 2 but found 1"),
        (["1", "plain"], "plain is no constant"),
        (["1", "(SELECT 1)"], "INVALID_PARAMETER_USAGE"),
    ):
        done = queries.run(SQL, ExecutionParameters=values)
        assert reason in done["Status"].get("StateChangeReason", ""), values
    assert "expected 1 but found 0" in queries.fail("SELECT ?")


def test_a_prepared_statement_is_executed(queries: Queries) -> None:
    athena = queries.athena
    name = {"StatementName": "both", **PLACE}
    athena.create_prepared_statement(**name, QueryStatement=SQL, Description="two")
    with pytest.raises(ClientError, match="already exists"):
        athena.create_prepared_statement(**name, QueryStatement=SQL)
    assert queries.select("EXECUTE both USING 1, 'a'") == [["1", "why?", "a"]]
    assert fetch(queries, "EXECUTE both", "2", "'b'") == ["2", "why?", "b"]
    athena.update_prepared_statement(**name, QueryStatement="SELECT ? + 1 AS more")
    found = athena.get_prepared_statement(**name)["PreparedStatement"]
    assert (found["QueryStatement"], found["Description"]) == ("SELECT ? + 1 AS more", "two")
    do(queries, "PREPARE writes FROM CREATE TABLE prepared AS SELECT ? AS n")
    do(queries, "EXECUTE writes USING 5")
    assert queries.select("SELECT n FROM prepared") == [["5"]]
    listed = athena.list_prepared_statements(**PLACE)["PreparedStatements"]
    assert {one["StatementName"] for one in listed} == {"both", "writes"}
    do(queries, "DEALLOCATE PREPARE writes")
    athena.delete_prepared_statement(**name)
    several = athena.batch_get_prepared_statement(PreparedStatementNames=["both"], **PLACE)
    (missing,) = several["UnprocessedPreparedStatementNames"]
    assert "both was not found in workGroup primary" in missing["ErrorMessage"]
    assert "both was not found in workGroup primary" in queries.fail("EXECUTE both USING 1")
    with pytest.raises(athena.exceptions.ResourceNotFoundException):
        athena.delete_prepared_statement(**name)
    with pytest.raises(ClientError, match="WorkGroup nobody is not found"):
        athena.list_prepared_statements(WorkGroup="nobody")


def test_a_result_is_reused_where_the_request_allows_it(queries: Queries) -> None:
    allowed = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}}
    sql = "SELECT random() AS chance"
    first = queries.select(sql)
    assert queries.select(sql) != first
    again = [queries.run(sql, ResultReuseConfiguration=allowed) for _ in "12"]
    for one in again:
        assert one["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
        assert one["ResultReuseConfiguration"] == allowed
    texts = [read_result(queries, one["QueryExecutionId"]) for one in again]
    assert texts[0] == texts[1] != str(first[0][0])
    other = queries.run(f"{sql} ", ResultReuseConfiguration=allowed)
    assert not other["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


def read_result(queries: Queries, query_id: str) -> str:
    found = queries.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
    return str(found[1]["Data"][0]["VarCharValue"])


def test_statistics_are_those_of_the_run(queries: Queries) -> None:
    done = queries.run("SELECT * FROM (VALUES 1, 2, 3) AS t (n)")
    found = queries.athena.get_query_runtime_statistics(QueryExecutionId=done["QueryExecutionId"])
    statistics = found["QueryRuntimeStatistics"]
    assert statistics["Rows"] == {"InputBytes": 0, "OutputBytes": 16, "OutputRows": 3}
    times = statistics["Timeline"]
    parts = times["QueryQueueTimeInMillis"] + times["EngineExecutionTimeInMillis"]
    assert parts == times["TotalExecutionTimeInMillis"]
    ids = [done["QueryExecutionId"], "12345678-0000-0000-0000-000000000000"]
    several = queries.athena.batch_get_query_execution(QueryExecutionIds=ids)
    assert [one["QueryExecutionId"] for one in several["QueryExecutions"]] == ids[:1]
    assert several["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"] == ids[1]


def test_the_catalogue_is_listed(queries: Queries) -> None:
    athena, catalog = queries.athena, {"CatalogName": "AwsDataCatalog"}
    place = {**catalog, "DatabaseName": "parameters"}
    do(queries, "CREATE TABLE listed_one AS SELECT 1 AS n")
    do(queries, "CREATE VIEW listed_two AS SELECT 'a' AS text")
    databases = athena.list_databases(**catalog)["DatabaseList"]
    assert "parameters" in {one["Name"] for one in databases}
    assert athena.get_database(**place)["Database"]["Name"] == "parameters"
    tables = athena.list_table_metadata(**place, Expression="listed_.*")["TableMetadataList"]
    found = [(one["Name"], one["TableType"], one["Columns"]) for one in tables]
    assert found == [
        ("listed_one", "EXTERNAL_TABLE", [{"Name": "n", "Type": "int"}]),
        ("listed_two", "VIRTUAL_VIEW", [{"Name": "text", "Type": "string"}]),
    ]
    one = athena.get_table_metadata(**place, TableName="listed_one")["TableMetadata"]
    assert one["CreateTime"] == tables[0]["CreateTime"]
    with pytest.raises(athena.exceptions.MetadataException, match="EntityNotFoundException"):
        athena.get_table_metadata(**place, TableName="none")
    with pytest.raises(ClientError, match="The catalog other is not supported"):
        athena.list_databases(CatalogName="other")

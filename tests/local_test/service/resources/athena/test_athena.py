"""Athena: SQL over files of S3, the catalogue, results and errors."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.local_test.service.resources.feature_groups.feature_service import (
    BUCKET,
    FeatureService,
    open_feature_service,
    wait_until,
)

OUTPUT = f"s3://{BUCKET}/results/"


class Queries:
    """Runs queries until they end."""

    def __init__(self, service: FeatureService, database: str = "shop") -> None:
        self.service, self.database = service, database
        self.athena, self.s3 = service.client("athena"), service.client("s3")

    def start(self, sql: str, **more: Any) -> str:
        given = {
            "QueryExecutionContext": {"Database": self.database, "Catalog": "AwsDataCatalog"},
            "ResultConfiguration": {"OutputLocation": OUTPUT},
        } | more
        return str(self.athena.start_query_execution(QueryString=sql, **given)["QueryExecutionId"])

    def describe(self, query_id: str) -> dict[str, Any]:
        return dict(self.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"])

    def run(self, sql: str, **more: Any) -> dict[str, Any]:
        query_id = self.start(sql, **more)
        found: dict[str, Any] = wait_until(
            lambda: self.describe(query_id),
            lambda one: one["Status"]["State"] not in {"QUEUED", "RUNNING"},
        )
        return found

    def select(self, sql: str, page_size: int = 2) -> list[list[str | None]]:
        """The rows of a query without their header."""
        done = self.run(sql)
        assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
        pages = self.athena.get_paginator("get_query_results").paginate(
            QueryExecutionId=done["QueryExecutionId"], PaginationConfig={"PageSize": page_size}
        )
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return [[cell.get("VarCharValue") for cell in row] for row in rows[1:]]

    def fail(self, sql: str) -> str:
        done = self.run(sql)
        assert done["Status"]["State"] == "FAILED"
        return str(done["Status"]["StateChangeReason"])


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queries]:
    """A database with orders in Parquet, in two folders, the first without the column `note`."""
    with open_feature_service(tmp_path_factory.mktemp("athena")) as service:
        queries = Queries(service)
        assert queries.run("CREATE DATABASE IF NOT EXISTS shop")["Status"]["State"] == "SUCCEEDED"
        put_orders(service, "2023", {"id": [1, 2], "price": [0.1, None]})
        put_orders(service, "2024", {"id": [3], "price": [1e10], "note": ['say "a, b"\nc']})
        done = queries.run(
            "CREATE EXTERNAL TABLE orders (id BIGINT, price DOUBLE, note STRING)"
            f" PARTITIONED BY (year STRING) STORED AS PARQUET LOCATION 's3://{BUCKET}/orders'"
        )
        assert done["Status"]["State"] == "SUCCEEDED"
        yield queries


def put_orders(service: FeatureService, year: str, columns: dict[str, list[Any]]) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    key = f"orders/year={year}/part.parquet"
    service.client("s3").put_object(Bucket=BUCKET, Key=key, Body=buffer.getvalue())


def test_a_query_reads_all_files_and_their_partitions(queries: Queries) -> None:
    rows = queries.select("SELECT id, price, note, year FROM orders ORDER BY id;")
    assert rows == [
        ["1", "0.1", None, "2023"],
        ["2", None, None, "2023"],
        ["3", "1.0E10", 'say "a, b"\nc', "2024"],
    ]
    joined = 'SELECT count(*) FROM "AwsDataCatalog"."shop"."ORDERS" o JOIN orders USING (id)'
    assert queries.select(joined) == [["3"]]
    nested = "WITH orders AS (SELECT 7 AS id) SELECT id FROM (SELECT * FROM orders)"
    assert queries.select(nested) == [["7"]]


def test_the_result_is_a_file_of_csv(queries: Queries) -> None:
    done = queries.run("SELECT id, price AS p FROM orders ORDER BY id LIMIT 2")
    location = f"{OUTPUT}{done['QueryExecutionId']}.csv"
    assert done["ResultConfiguration"]["OutputLocation"] == location
    key = location.removeprefix(f"s3://{BUCKET}/")
    content = queries.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert content == b'"id","p"\n"1","0.1"\n"2",\n'
    assert done["Statistics"]["DataScannedInBytes"] > 0
    assert done["StatementType"] == "DML"
    results = queries.athena.get_query_results(QueryExecutionId=done["QueryExecutionId"])
    info = results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(one["Name"], one["Type"]) for one in info] == [("id", "bigint"), ("p", "double")]
    metadata = queries.s3.get_object(Bucket=BUCKET, Key=f"{key}.metadata")["Body"].read()
    assert b'"bigint"' in metadata


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("5 / 2", "2"),
        ("date_format(from_unixtime(86400), '%Y-%m-%d')", "1970-01-02"),
        ("from_iso8601_timestamp('2024-02-29T12:00:00Z')", "2024-02-29 12:00:00.000 UTC"),
        ("from_iso8601_timestamp('2024-01-01T00:00:00.5Z') >= from_unixtime(1704067200)", "true"),
        ("to_timestamp('2024-01-02 03:04:05', 'yyyy-mm-dd hh24:mi:ss')", "2024-01-02 03:04:05.000"),
        ("CAST(NULL AS varchar)", None),
        ("ARRAY[1, NULL]", "[1, null]"),
        ("1e-5", "1.0E-5"),
        ("try_cast('x' AS bigint)", None),
    ],
)
def test_functions_of_athena_mean_the_same(queries: Queries, sql: str, value: str | None) -> None:
    assert queries.select(f"SELECT {sql}") == [[value]]


def test_what_cannot_be_done_fails_with_a_reason(queries: Queries) -> None:
    assert "Table 'awsdatacatalog.shop.none' does not exist" in queries.fail("SELECT * FROM none")
    assert queries.fail("SELEC 1").startswith("SYNTAX_ERROR: line 1:7: mismatched input '1'")
    assert ": an expression is missing;" in queries.fail("SELECT * * FROM orders")
    unknown = queries.fail("SELECT id,\n  nobody FROM orders")
    assert unknown.startswith("COLUMN_NOT_FOUND: line 2:3: Column 'nobody' cannot be resolved")
    assert "TABLE_NOT_FOUND: line 1:15: Table" in queries.fail("SELECT * FROM none")
    assert "NOT_SUPPORTED" in queries.fail("DELETE FROM orders")
    assert "does not exist" in queries.fail("SELECT * FROM '/etc/passwd'")
    assert "disabled by configuration" in queries.fail("SELECT * FROM read_csv('/etc/passwd')")
    failed = queries.run("SELECT * FROM none")["QueryExecutionId"]
    with pytest.raises(ClientError, match="has no results: its state is FAILED"):
        queries.athena.get_query_results(QueryExecutionId=failed)
    with pytest.raises(queries.athena.exceptions.InvalidRequestException, match="was not found"):
        queries.describe("12345678-0000-0000-0000-000000000000")
    with pytest.raises(ClientError, match="WorkGroup nobody is not found"):
        queries.start("SELECT 1", WorkGroup="nobody")
    with pytest.raises(ClientError, match="No output location provided"):
        queries.start("SELECT 1", ResultConfiguration={})


def test_csv_tables_have_the_types_of_their_columns(queries: Queries) -> None:
    queries.s3.put_object(Bucket=BUCKET, Key="frame/a.csv", Body=b"1,x y,0.5\n2,,\n")
    created = queries.run(
        "CREATE EXTERNAL TABLE frame (id INT, city STRING, share DOUBLE) ROW FORMAT SERDE"
        " 'org.apache.hadoop.hive.serde2.OpenCSVSerde' WITH SERDEPROPERTIES"
        """ ("separatorChar" = ",", "quoteChar" = "`", "escapeChar" = "\\\\")"""
        f" LOCATION 's3://{BUCKET}/frame';"
    )
    assert created["Status"]["State"] == "SUCCEEDED", created["Status"]
    assert created["StatementType"] == "DDL"
    rows = queries.select("SELECT id + 1, city, share FROM frame ORDER BY id")
    assert rows == [["2", "x y", "0.5"], ["3", "", None]]
    assert "AlreadyExistsException" in queries.fail(
        f"CREATE EXTERNAL TABLE frame (id INT) STORED AS PARQUET LOCATION 's3://{BUCKET}/frame'"
    )
    shown = queries.run("SHOW TABLES IN shop")["QueryExecutionId"]
    results = queries.athena.get_query_results(QueryExecutionId=shown)["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in results] == ["frame", "orders"]
    assert queries.run("DROP TABLE frame")["Status"]["State"] == "SUCCEEDED"
    assert "EntityNotFound" in queries.fail("DROP TABLE frame")
    assert queries.run("DROP TABLE IF EXISTS frame")["Status"]["State"] == "SUCCEEDED"


def test_a_query_is_stopped(queries: Queries) -> None:
    endless = "SELECT count(*) FROM orders a, orders b, UNNEST(sequence(1, 9000000000)) AS t(n)"
    query_id = queries.start(endless)
    queries.athena.stop_query_execution(QueryExecutionId=query_id)
    ended = wait_until(
        lambda: queries.describe(query_id)["Status"],
        lambda status: status["State"] not in {"QUEUED", "RUNNING"},
    )
    assert ended["State"] == "CANCELLED"
    listed = queries.athena.list_query_executions()["QueryExecutionIds"]
    assert listed[0] == query_id


def test_a_repeated_request_is_one_query(queries: Queries) -> None:
    token = "t" * 32
    first = queries.start("SELECT 1", ClientRequestToken=token)
    assert queries.start("SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters"):
        queries.start("SELECT 2", ClientRequestToken=token)


def test_sessions_are_refused(queries: Queries) -> None:
    with pytest.raises(ClientError, match="StartSession of athena is not supported"):
        queries.athena.start_session(
            WorkGroup="primary", EngineConfiguration={"MaxConcurrentDpus": 2}
        )
    assert queries.athena.list_work_groups()["WorkGroups"]

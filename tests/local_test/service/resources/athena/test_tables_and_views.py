"""CREATE TABLE AS, INSERT INTO, views, partitions and SHOW."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.feature_groups.feature_service import (
    BUCKET,
    open_feature_service,
)

SOURCE = (
    "SELECT * FROM (VALUES (1, 0.5, 'a|b', DATE '2024-02-29', 'x:y'), (2, NULL, NULL, NULL, NULL))"
    " AS t (id, share, text, day, part)"
)


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queries]:
    with open_feature_service(tmp_path_factory.mktemp("warehouse")) as service:
        queries = Queries(service, "warehouse")
        do(queries, "CREATE DATABASE warehouse")
        yield queries


def do(queries: Queries, sql: str) -> list[list[str | None]]:
    """Run a statement that succeeds; return the lines of its result as rows."""
    done = queries.run(sql)
    assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
    results = queries.athena.get_query_results(QueryExecutionId=done["QueryExecutionId"])
    rows = results["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]


@pytest.mark.parametrize("form", ["PARQUET", "ORC", "JSON", "TEXTFILE"])
def test_a_table_of_a_query_is_read_and_grows(queries: Queries, form: str) -> None:
    name = f"from_query_{form.lower()}"
    created = queries.run(
        f"CREATE TABLE {name} WITH (format = '{form}', partitioned_by = ARRAY['part']) AS {SOURCE}"
    )
    assert created["Status"]["State"] == "SUCCEEDED", created["Status"]
    kinds = (created["StatementType"], created["SubstatementType"])
    assert kinds == ("DDL", "CREATE_TABLE_AS_SELECT")
    row = ["1", "0.5", "a|b", "2024-02-29", "x:y"]
    rows = [row, ["2", None, None, None, None]]
    assert queries.select(f"SELECT * FROM {name} ORDER BY id") == rows  # noqa: S608
    sql = f"INSERT INTO {name} (part, id) VALUES ('new', 3), ('x:y', 4)"  # noqa: S608
    inserted = queries.run(sql)
    results = queries.athena.get_query_results(QueryExecutionId=inserted["QueryExecutionId"])
    assert (results["UpdateCount"], results["ResultSet"]["Rows"]) == (2, [])
    added = queries.select(f"SELECT id, text, part FROM {name} WHERE id > 2 ORDER BY id")  # noqa: S608
    assert added == [["3", None, "new"], ["4", None, "x:y"]]
    assert do(queries, f"SHOW PARTITIONS {name}") == [
        ["part=__HIVE_DEFAULT_PARTITION__"],
        ["part=new"],
        ["part=x:y"],
    ]


def test_files_of_a_table_are_where_the_statement_says(queries: Queries) -> None:
    place = f"s3://{BUCKET}/warehouse/placed"
    sql = f"CREATE TABLE placed WITH (external_location = '{place}/') AS SELECT 7 AS n"
    done = queries.run(sql)
    key = done["Statistics"]["DataManifestLocation"].removeprefix(f"s3://{BUCKET}/")
    manifest = queries.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    assert manifest.startswith(f"{place}/{done['QueryExecutionId']}_")
    assert "TABLE_ALREADY_EXISTS" in queries.fail(sql)
    assert "HIVE_PATH_ALREADY_EXISTS" in queries.fail(sql.replace("placed W", "again W"))
    do(queries, sql.replace("placed W", "IF NOT EXISTS placed W"))
    do(queries, "CREATE TABLE empty_copy AS SELECT * FROM placed WITH NO DATA")
    assert queries.select("SELECT count(*) FROM empty_copy") == [["0"]]
    ((described,),) = do(queries, "DESCRIBE empty_copy")
    assert (described or "").split() == ["n", "int"]
    shown = "\n".join(row[0] or "" for row in do(queries, "SHOW CREATE TABLE placed"))
    assert f"'{place}/'" in shown
    do(queries, "DROP TABLE placed")
    do(queries, shown)  # what is shown creates the same table again
    assert queries.select("SELECT n FROM placed") == [["7"]]


def test_a_view_is_its_query_at_any_time(queries: Queries) -> None:
    do(queries, "CREATE TABLE counted AS SELECT 1 AS n, TIMESTAMP '2024-01-02 03:04:05' AS moment")
    created = queries.run("CREATE VIEW doubled (twice) AS\nSELECT n * 2 FROM counted")
    assert created["SubstatementType"] == "CREATE_VIEW"
    do(queries, "CREATE VIEW above AS SELECT twice + 1 AS more FROM warehouse.doubled")
    do(queries, "INSERT INTO counted SELECT n + 1, moment FROM counted")
    assert queries.select("SELECT more FROM above a ORDER BY 1") == [["3"], ["5"]]
    assert do(queries, "SHOW CREATE VIEW doubled")[1] == ["SELECT n * 2 FROM counted"]
    assert do(queries, "SHOW VIEWS IN warehouse LIKE 'd*|none'") == [["doubled"]]
    assert "already exists" in queries.fail("CREATE VIEW above AS SELECT 1 AS a")
    do(queries, "CREATE OR REPLACE VIEW above AS SELECT 9 AS more")
    assert queries.select("SELECT * FROM above") == [["9"]]
    do(queries, "CREATE OR REPLACE VIEW doubled AS SELECT more AS twice FROM above")
    do(queries, "CREATE OR REPLACE VIEW above AS SELECT twice AS more FROM doubled")
    assert "VIEW_IS_RECURSIVE" in queries.fail("SELECT * FROM above")
    assert "is a view; use DROP VIEW" in queries.fail("DROP TABLE above")
    do(queries, "DROP VIEW above")
    assert "'awsdatacatalog.warehouse.above' does not exist" in queries.fail("SELECT 1 FROM above")


def test_folders_become_partitions(queries: Queries) -> None:
    queries.s3.put_object(Bucket=BUCKET, Key="parts/day=3/a.csv", Body=b"1,x\n")
    do(
        queries,
        "CREATE EXTERNAL TABLE parts (id INT, note STRING) PARTITIONED BY (day INT) ROW FORMAT"
        f" DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{BUCKET}/parts/'",
    )
    assert queries.select("SELECT id, note, day + 1 FROM parts") == [["1", "x", "4"]]
    repaired = [["Repair: Added partition to metastore parts:day=3"]]
    assert do(queries, "MSCK REPAIR TABLE parts") == repaired
    assert do(queries, "MSCK REPAIR TABLE parts") == []
    assert do(queries, "SHOW PARTITIONS parts") == [["day=3"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE t AS SELECT 1", "COLUMN_NAME_NOT_SPECIFIED"),
        ("CREATE TABLE t AS SELECT NULL AS a", "COLUMN_TYPE_UNKNOWN"),
        ("CREATE TABLE t AS SELECT now() AS a", "NOT_SUPPORTED: Unsupported Hive type"),
        ("CREATE TABLE t WITH (bucket_count = 3) AS SELECT 1 AS a", "property bucket_count"),
        ("CREATE TABLE t WITH (table_type = 'ICEBERG') AS SELECT 1 AS a", "table_type ICEBERG"),
        ("CREATE TABLE t WITH (format = 'AVRO') AS SELECT 1 AS a", "format AVRO"),
        (
            "CREATE TABLE t WITH (partitioned_by = ARRAY['a']) AS SELECT 1 AS a, 2 AS b",
            "HIVE_COLUMN_ORDER_MISMATCH",
        ),
        (
            "CREATE TABLE t WITH (partitioned_by = ARRAY['b']) AS"
            " SELECT 1 AS a, n AS b FROM UNNEST(sequence(1, 101)) AS u(n)",
            "HIVE_TOO_MANY_OPEN_PARTITIONS",
        ),
        ("CREATE TABLE nowhere.t AS SELECT 1 AS a", "SCHEMA_NOT_FOUND"),
        ("INSERT INTO none VALUES (1)", "TABLE_NOT_FOUND: line 1:13"),
        ("INSERT INTO few VALUES (1, 2)", "TYPE_MISMATCH"),
        ("INSERT INTO few VALUES ('1')", "Table: [integer], Query: [varchar]"),
        ("INSERT INTO few (b) VALUES (1)", "Insert column name does not exist: b"),
        ("DROP DATABASE warehouse", "Database warehouse is not empty"),
    ],
)
def test_a_refused_statement_leaves_nothing(queries: Queries, sql: str, reason: str) -> None:
    do(queries, "CREATE TABLE IF NOT EXISTS few AS SELECT 1 AS a")
    before = do(queries, "SHOW TABLES")
    objects = list_tables_keys(queries)
    assert reason in queries.fail(sql)
    assert (do(queries, "SHOW TABLES"), list_tables_keys(queries)) == (before, objects)


def list_tables_keys(queries: Queries) -> list[str]:
    found = queries.s3.list_objects_v2(Bucket=BUCKET, Prefix="results/tables/")
    return [item["Key"] for item in found.get("Contents", ())]

"""UNLOAD: the rows of a query as files of a format."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.feature_groups.feature_service import (
    BUCKET,
    open_feature_service,
)

SQL = "SELECT sum(a) AS total, 'x,y' AS text, nullif(sum(a), 3) AS nothing FROM (VALUES 1, 2) t(a)"
ROW = {"total": 3, "text": "x,y", "nothing": None}


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queries]:
    with open_feature_service(tmp_path_factory.mktemp("unload")) as service:
        yield Queries(service)


def read_parquet(content: bytes) -> list[dict[str, Any]]:
    return list(pq.read_table(io.BytesIO(content)).to_pylist())


def read_orc(content: bytes) -> list[dict[str, Any]]:
    return list(orc.read_table(io.BytesIO(content)).to_pylist())


def read_json(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(content).splitlines()]


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ("format = 'PARQUET', compression = 'SNAPPY'", read_parquet),
        ("FORMAT='orc'", read_orc),
        ("format = 'JSON'", read_json),
    ],
)
def test_rows_are_unloaded_to_a_file_that_the_manifest_lists(
    queries: Queries, options: str, read: Callable[[bytes], list[dict[str, Any]]]
) -> None:
    folder = f"s3://{BUCKET}/unloaded/{read.__name__}"
    done = queries.run(f"UNLOAD ({SQL})\nTO '{folder}' WITH ({options});")
    assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
    assert (done["StatementType"], done["SubstatementType"]) == ("DML", "UNLOAD")
    manifest = read_object(queries, done["Statistics"]["DataManifestLocation"]).decode()
    (address,) = manifest.split()
    assert address.startswith(f"{folder}/")
    assert read(read_object(queries, address)) == [ROW]
    results = queries.athena.get_query_results(QueryExecutionId=done["QueryExecutionId"])
    assert (results["UpdateCount"], results["ResultSet"]["Rows"]) == (1, [])
    again = queries.fail(f"UNLOAD ({SQL}) TO '{folder}/' WITH ({options})")
    assert again.startswith("HIVE_PATH_ALREADY_EXISTS")


def test_text_has_the_delimiter_of_the_statement(queries: Queries) -> None:
    folder = f"s3://{BUCKET}/unloaded/text"
    done = queries.run(
        f"UNLOAD ({SQL}) TO '{folder}' WITH (format = 'TEXTFILE', field_delimiter = '|')"
    )
    (address,) = read_object(queries, done["Statistics"]["DataManifestLocation"]).decode().split()
    assert gzip.decompress(read_object(queries, address)) == b"3|x,y|\\N\n"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("UNLOAD (SELECT 1)", "UNLOAD has another form"),
        ("UNLOAD (DROP TABLE a) TO 's3://b/c' WITH (format = 'JSON')", "a SELECT is needed"),
        ("UNLOAD (SELECT 1 a) TO 's3://b/c' WITH (compression = 'GZIP')", "format is missing"),
        ("UNLOAD (SELECT 1 a) TO 's3://b/c' WITH (format = 'JSON', x = '1')", "option x"),
        ("UNLOAD (SELECT 1 a) TO 's3://none/c' WITH (format = 'JSON')", "bucket does not exist"),
        (f"UNLOAD (SELECT 1 a) TO 's3://{BUCKET}/c' WITH (format = 'AVRO')", "format AVRO"),
        (
            f"UNLOAD (SELECT 1 a) TO 's3://{BUCKET}/c' WITH (format = 'ORC', compression = 'LZ')",
            "ORC files with compression LZ are not supported; use ZLIB",
        ),
    ],
)
def test_an_unload_that_cannot_be_done_fails(queries: Queries, sql: str, reason: str) -> None:
    assert reason.lower() in queries.fail(sql).lower()


def read_object(queries: Queries, address: str) -> bytes:
    key = address.removeprefix(f"s3://{BUCKET}/")
    return bytes(queries.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

"""The local service's feature store.

`python -m benchmarks.features.tandem_store DATA`: a service is started as users start it, with its
state in a temporary folder. `sdk` are calls of boto3, `http` the same requests by a client without
a library. The records of the join are written to the group's folder of S3 as Parquet, as ingestion
by Spark does.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import urllib3

from benchmarks.features.running_service import (
    REGION,
    Clients,
    make_record,
    run_service,
    wait_for_query,
)
from benchmarks.features.workload import (
    ENTITIES,
    RECORDS,
    START,
    report,
    summarize_join,
    time_calls,
)

_BUCKET, _GROUP = "bench-features", "single"
_SCOPE = f"any/20260101/{REGION}/sagemaker/aws4_request"
_HEADERS = {"Authorization": f"AWS4-HMAC-SHA256 Credential={_SCOPE}"}  # no one verifies it
_ENTITIES = (
    "CREATE EXTERNAL TABLE entities (id STRING, event_timestamp TIMESTAMP)"
    f" STORED AS PARQUET LOCATION 's3://{_BUCKET}/entities'"
)
_JOIN = """
UNLOAD (
  SELECT id, event_timestamp, age, score, city FROM (
    SELECT e.id, e.event_timestamp, r.age, r.score, r.city, row_number() OVER (
      PARTITION BY e.id, e.event_timestamp, e.number
      ORDER BY r.event_time DESC, r.api_invocation_time DESC) AS place
    FROM (SELECT id, event_timestamp, row_number() OVER () AS number FROM entities) e
    LEFT JOIN sagemaker_featurestore.{table} r
      ON r.id = e.id AND r.event_time <= to_unixtime(e.event_timestamp))
  WHERE place = 1
) TO 's3://{bucket}/joined' WITH (format = 'PARQUET', compression = 'SNAPPY')
"""


def main(data: Path) -> None:
    """Measure puts, gets and the join."""
    with tempfile.TemporaryDirectory() as folder, run_service(Path(folder) / "state") as clients:
        clients.s3.create_bucket(
            Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        clients.create_group(_GROUP, _BUCKET)
        described = clients.create_group("users", _BUCKET)
        _write_offline(clients.s3, described, data)
        figures = _time_sdk(clients.runtime) | _time_http(clients.url)
        begun = time.perf_counter()
        joined = _join(clients, described, data)
        figures["join_s"] = time.perf_counter() - begun
    report(figures, summarize_join(joined))


def _time_sdk(runtime: Any) -> dict[str, float]:
    def put(number: int) -> None:
        runtime.put_record(FeatureGroupName=_GROUP, Record=_make_record(number))

    def get(number: int) -> None:
        key = f"u{number}"
        _check(
            number, runtime.get_record(FeatureGroupName=_GROUP, RecordIdentifierValueAsString=key)
        )

    return time_calls("put_sdk", put) | time_calls("get_sdk", get)


def _time_http(url: str) -> dict[str, float]:
    pool = urllib3.PoolManager(headers=_HEADERS)
    address = f"{url}/FeatureGroup/{_GROUP}"

    def put(number: int) -> None:
        answer = pool.request("PUT", address, json={"Record": _make_record(number)})
        if answer.status != 200:
            raise SystemExit(f"u{number} was not written: {answer.data.decode()}")

    def get(number: int) -> None:
        fields = {"RecordIdentifierValueAsString": f"u{number}"}
        _check(number, pool.request("GET", address, fields=fields).json())

    return time_calls("put_http", put) | time_calls("get_http", get)


def _make_record(number: int) -> list[dict[str, str]]:
    return make_record(f"u{number}", START.timestamp(), number)


def _check(number: int, found: Mapping[str, Any]) -> None:
    if found["Record"][2]["ValueAsString"] != str(number):
        raise SystemExit(f"u{number} has the record {found['Record']}")


def _write_offline(s3: Any, described: dict[str, Any], data: Path) -> None:
    frame = pd.read_parquet(data / RECORDS)
    times = frame.pop("event_timestamp").dt.tz_localize(None).astype("datetime64[us]")
    frame["event_time"] = times.astype("int64") / 1e6
    frame = frame.assign(write_time=times, api_invocation_time=times, is_deleted=False)
    place = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    key = place.removeprefix(f"s3://{_BUCKET}/") + "/year=2024/month=01/day=01/hour=00/all.parquet"
    _upload(s3, frame, key)


def _upload(s3: Any, frame: pd.DataFrame, key: str) -> None:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    s3.put_object(Bucket=_BUCKET, Key=key, Body=buffer.getvalue())


def _join(clients: Clients, described: dict[str, Any], data: Path) -> pd.DataFrame:
    """Upload the entities, join them, and read the result."""
    entities = pd.read_parquet(data / ENTITIES)
    entities["event_timestamp"] = entities["event_timestamp"].dt.tz_localize(None)
    _upload(clients.s3, entities, "entities/part.parquet")
    output = f"s3://{_BUCKET}/results"
    wait_for_query(clients.athena, _ENTITIES, output)
    table = described["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    done = wait_for_query(clients.athena, _JOIN.format(table=table, bucket=_BUCKET), output)
    manifest = done["Statistics"]["DataManifestLocation"]
    parts = _read(clients.s3, manifest).decode().split()
    return pd.concat([pd.read_parquet(io.BytesIO(_read(clients.s3, part))) for part in parts])


def _read(s3: Any, address: str) -> bytes:
    key = address.removeprefix(f"s3://{_BUCKET}/")
    return bytes(s3.get_object(Bucket=_BUCKET, Key=key)["Body"].read())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

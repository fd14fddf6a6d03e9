"""The offline store: its files, its table, and what a killed service has acknowledged."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from local_test.errors import UserError
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.resources.feature_groups import offline_flush
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from local_test.service.storage.s3 import S3Storage
from tests.clients.account import REGION
from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.feature_groups.feature_service import (
    BUCKET,
    FeatureService,
    define,
    open_feature_service,
    wait_until,
)
from tests.local_test.service.resources.feature_groups.test_records import Records

HOUR = 3600.0


def list_files(service: FeatureService, group: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of each file of a group, by its key below the data."""
    described = service.sagemaker.describe_feature_group(FeatureGroupName=group)
    folder = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    prefix = folder.removeprefix(f"s3://{BUCKET}/")
    s3 = service.client("s3")
    found = {}
    for item in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ()):
        content = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
        rows = pq.read_table(io.BytesIO(content), partitioning=None).to_pylist()
        found[item["Key"].removeprefix(f"{prefix}/")] = rows
    return found


def flush(service: FeatureService, group: str) -> None:
    record = service.backend.records.get(FEATURE_GROUP, REGION, group)
    offline_flush.flush_group(service.backend, REGION, record)


def test_files_are_partitioned_by_the_hour_of_the_event(store: FeatureService) -> None:
    store.create("filed")
    filed = Records(store, "filed")
    filed.put(id="a", when=1.5 * HOUR, age=7, score="0.1")
    filed.put(id="b", when=1.25 * HOUR, city="Ülm")
    filed.delete("a", 2 * HOUR)
    before = SERVICE_CLOCK.read()
    flush(store, "filed")
    files = list_files(store, "filed")
    first, second = sorted(files)
    assert first.startswith("year=1970/month=01/day=01/hour=01/19700101T013000Z_")
    assert second.startswith("year=1970/month=01/day=01/hour=02/19700101T020000Z_")
    assert len(first.removesuffix(".parquet").rpartition("_")[2]) == 16
    a, b = files[first]
    (marker,) = files[second]
    written = [row.pop("write_time") for row in (a, b, marker)]
    called = [row.pop("api_invocation_time") for row in (a, b, marker)]
    nothing = {"age": None, "score": None, "city": None, "is_deleted": False}
    assert a == nothing | {"id": "a", "when": 5400.0, "age": 7, "score": 0.1}
    assert b == nothing | {"id": "b", "when": 4500.0, "city": "Ülm"}
    assert marker == nothing | {"id": "a", "when": 7200.0, "is_deleted": True}
    assert called == sorted(set(called))
    assert written[0] == written[2] > called[2]
    assert abs(written[0].timestamp() - before) < 86_400
    flush(store, "filed")
    assert list_files(store, "filed").keys() == files.keys()


def test_the_catalogue_has_the_table_of_a_group(store: FeatureService) -> None:
    described = store.create("Cata-log")
    glue = store.client("glue")
    place = described["OfflineStoreConfig"]["DataCatalogConfig"]
    assert glue.get_database(Name=place["Database"])["Database"]["Name"] == place["Database"]
    store.sagemaker.update_feature_group(
        FeatureGroupName="Cata-log", FeatureAdditions=define({"More": "Integral"})
    )
    table = glue.get_table(DatabaseName=place["Database"], Name=place["TableName"])["Table"]
    columns = {item["Name"]: item["Type"] for item in table["StorageDescriptor"]["Columns"]}
    assert columns == {
        "id": "string",
        "when": "double",
        "age": "bigint",
        "score": "double",
        "city": "string",
        "more": "bigint",
        "write_time": "timestamp",
        "api_invocation_time": "timestamp",
        "is_deleted": "boolean",
    }
    assert [item["Name"] for item in table["PartitionKeys"]] == ["year", "month", "day", "hour"]
    config = described["OfflineStoreConfig"]
    assert (
        table["StorageDescriptor"]["Location"] == config["S3StorageConfig"]["ResolvedOutputS3Uri"]
    )
    store.sagemaker.delete_feature_group(FeatureGroupName="Cata-log")
    store.backend.threads.close()
    assert glue.get_table(DatabaseName=place["Database"], Name=place["TableName"])


def test_names_of_the_catalogue_have_no_case(store: FeatureService) -> None:
    place = {"TableName": "Shown", "Catalog": "AwsDataCatalog", "Database": "MyBase"}
    config = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/of"}, "DataCatalogConfig": place}
    described = store.create("cased", OfflineStoreConfig=config)
    assert described["OfflineStoreConfig"]["DataCatalogConfig"] == place
    Records(store, "cased").put(id="a", when=1)
    assert Queries(store).select("SELECT id FROM MyBase.SHOWN") == [["a"]]
    other = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/of"}}
    other["DataCatalogConfig"] = {**place, "TableName": "shown", "Database": "mybase"}
    failed = store.create("cased-2", OfflineStoreConfig=other)
    assert "the table mybase.shown exists" in failed["FailureReason"]


def test_a_feature_with_the_name_of_a_partition_cannot_be_queried(store: FeatureService) -> None:
    """As in Athena; a query of it would give the partition's value instead of the feature's."""
    table = store.create("yearly", {"id": "String", "when": "Fractional", "Year": "String"})
    yearly = Records(store, "yearly")
    yearly.put(id="a", when=1, Year="first")
    assert yearly.get("a")["Year"] == "first"
    name = table["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    reason = Queries(store).fail(f"SELECT year FROM sagemaker_featurestore.{name}")  # noqa: S608
    assert f"HIVE_INVALID_METADATA: table {name} has two columns year" in reason


def test_a_batch_that_was_interrupted_is_written_again_to_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_feature_service(tmp_path) as service:
        service.create("torn")
        torn = Records(service, "torn")
        for hour in range(3):
            torn.put(id=str(hour), when=hour * HOUR)
        record = service.backend.records.get(FEATURE_GROUP, REGION, "torn")

        class Torn(S3Storage):
            """Fails behind the second file."""

            left = 2

            def write(self, *args: Any) -> None:
                if not self.left:
                    raise UserError("the service ends here")
                Torn.left -= 1
                super().write(*args)

        monkeypatch.setattr(service.backend, "storage", lambda _region: Torn(service.client("s3")))
        offline_flush.flush_group(service.backend, REGION, record)
        monkeypatch.undo()
        described = service.sagemaker.describe_feature_group(FeatureGroupName="torn")
        assert described["OfflineStoreStatus"]["Status"] == "Blocked"
        assert len(begun := list_files(service, "torn")) == 2
    with open_feature_service(tmp_path) as service:
        Records(service, "torn").put(id="late", when=0)
        flush(service, "torn")
        files = list_files(service, "torn")
        assert begun.keys() < files.keys()
        assert [begun[name] for name in begun] == [files[name] for name in begun]
        rows = [row["id"] for name in sorted(files) for row in files[name]]
        assert sorted(rows) == ["0", "1", "2", "late"]
        described = service.sagemaker.describe_feature_group(FeatureGroupName="torn")
        assert described["OfflineStoreStatus"] == {"Status": "Active"}


def test_records_are_written_soon_after_the_last_one(
    store: FeatureService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks for the files: the thread writes them, here when the clock moves on."""
    monkeypatch.setattr(SERVICE_CLOCK, "offset", SERVICE_CLOCK.offset)
    store.create("soon")
    offline_flush.start_flushing(store.backend)
    Records(store, "soon").put(id="a", when=1)
    SERVICE_CLOCK.move_to(SERVICE_CLOCK.read() + 900)
    files = wait_until(lambda: list_files(store, "soon"), bool)
    assert [row["id"] for rows in files.values() for row in rows] == ["a"]

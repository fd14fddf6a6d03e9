"""Offline stores in the format Iceberg: the same answers as in the format of Hive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local_test.service.feature_store.feature_records import read_time
from local_test.service.feature_store.group_schema import read_schema
from local_test.service.feature_store.offline_files import make_table
from local_test.service.resources.feature_groups.catalog_table import open_iceberg
from local_test.service.resources.feature_groups.resource import find_feature_group
from tests.clients.account import REGION
from tests.local_test.service.resources.athena.test_athena import Queries
from tests.local_test.service.resources.feature_groups.feature_service import (
    BUCKET,
    SCHEMA,
    FeatureService,
    open_feature_service,
    wait_until,
)

_STORE = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/of"}}
_COLUMNS = "id, when, age, score, city, is_deleted"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeatureService]:
    with open_feature_service(tmp_path_factory.mktemp("iceberg")) as service:
        for name, form in (("frozen", "Iceberg"), ("plain-rows", "Glue")):
            config = {**_STORE, "TableFormat": form}
            created = service.create(name, SCHEMA | {"City2": "String"}, OfflineStoreConfig=config)
            assert created["FeatureGroupStatus"] == "Created", created
        yield service


def put(store: FeatureService, **values: Any) -> None:
    runtime = store.client("sagemaker-featurestore-runtime")
    for name in ("frozen", "plain-rows"):
        record = [{"FeatureName": key, "ValueAsString": str(one)} for key, one in values.items()]
        runtime.put_record(FeatureGroupName=name, Record=record)


def read(store: FeatureService, name: str, columns: str = _COLUMNS) -> list[list[str | None]]:
    place = store.sagemaker.describe_feature_group(FeatureGroupName=name)["OfflineStoreConfig"]
    table = place["DataCatalogConfig"]
    queries = Queries(store, table["Database"])
    sql = f"SELECT {columns} FROM {table['TableName']} ORDER BY id, when, age"  # noqa: S608
    return queries.select(sql.replace("when", '"when"'))


def test_both_formats_give_the_same_answers(store: FeatureService) -> None:
    put(store, id="a", when=2.5, age=7, score=0.1, city="x")
    put(store, id="a", when=1.5, age=-1, City2="late")
    put(store, id="b", when=2.5)
    assert len(read(store, "frozen")) == 3
    for name in ("frozen", "plain-rows"):
        store.client("sagemaker-featurestore-runtime").delete_record(
            FeatureGroupName=name, RecordIdentifierValueAsString="b", EventTime="3.5"
        )
        store.sagemaker.update_feature_group(
            FeatureGroupName=name,
            FeatureAdditions=[{"FeatureName": "more", "FeatureType": "Integral"}],
        )
    put(store, id="c", when=9, more=5)
    columns = f"{_COLUMNS}, city2, more"
    rows = read(store, "frozen", columns)
    assert rows == read(store, "plain-rows", columns)
    assert [row[0] for row in rows] == ["a", "a", "b", "b", "c"]
    assert rows[-1][-1] == "5"
    described = store.sagemaker.describe_feature_group(FeatureGroupName="frozen")
    place = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    files = store.client("s3").list_objects_v2(
        Bucket=BUCKET, Prefix=place.removeprefix(f"s3://{BUCKET}/")
    )
    assert any(one["Key"].endswith(".parquet") for one in files["Contents"])


def test_a_batch_that_was_interrupted_is_not_doubled(store: FeatureService) -> None:
    before = len(read(store, "frozen"))
    put(store, id="once", when=1)
    record = find_feature_group(store.backend, REGION, "frozen")
    records = store.backend.feature_records
    with records.flushing, records.hold():  # written, and the service ends before it is noted
        batch = records.journal.choose_batch(record["StoreId"], read_time())
        assert batch is not None
        rows = make_table(batch.rows, read_schema(record), batch.write_time)
        open_iceberg(store.backend, REGION, record).append(rows, batch.name)
    assert len(read(store, "frozen")) == before + 1


def test_a_table_that_was_deleted_blocks_the_store(store: FeatureService) -> None:
    created = store.create("melted", OfflineStoreConfig={**_STORE, "TableFormat": "Iceberg"})
    table = created["OfflineStoreConfig"]["DataCatalogConfig"]
    store.client("glue").delete_table(DatabaseName=table["Database"], Name=table["TableName"])
    store.client("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName="melted",
        Record=[
            {"FeatureName": "id", "ValueAsString": "a"},
            {"FeatureName": "when", "ValueAsString": "1"},
        ],
    )
    status = wait_until(
        lambda: store.sagemaker.describe_feature_group(FeatureGroupName="melted"),
        lambda found: found["OfflineStoreStatus"]["Status"] == "Blocked" or flush(store),
    )["OfflineStoreStatus"]
    assert "does not exist" in status["BlockedReason"]


def flush(store: FeatureService) -> bool:
    """Ask for all records, which writes what is pending; never an end of waiting."""
    read(store, "plain-rows")
    return False

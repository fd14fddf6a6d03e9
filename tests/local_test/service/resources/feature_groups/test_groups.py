"""Feature groups and the metadata of their features through the AWS API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.resources import registry
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from tests.clients.account import REGION
from tests.local_test.service.resources.feature_groups.feature_service import (
    BUCKET,
    SCHEMA,
    FeatureService,
    define,
    open_feature_service,
    wait_until,
)

ONLINE: dict[str, Any] = {"OfflineStoreConfig": None, "RoleArn": None}
VECTOR: dict[str, Any] = {
    "FeatureName": "v",
    "FeatureType": "Fractional",
    "CollectionType": "Vector",
}
VECTOR |= {"CollectionConfig": {"VectorConfig": {"Dimension": 2}}}


def test_a_group_has_what_the_service_adds(store: FeatureService) -> None:
    described = store.create("Described-1", Tags=[{"Key": "team", "Value": "a"}])
    made = int(described["CreationTime"].timestamp())
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:feature-group/described-1"
    folder = f"of/123456789012/sagemaker/{REGION}/offline-store/Described-1-{made}/data"
    offline = described["OfflineStoreConfig"]
    assert described["FeatureGroupArn"] == arn
    assert described["FeatureGroupStatus"] == "Created"
    assert described["OfflineStoreStatus"] == {"Status": "Active"}
    assert offline["S3StorageConfig"]["ResolvedOutputS3Uri"] == f"s3://{BUCKET}/{folder}"
    assert offline["DataCatalogConfig"] == {
        "TableName": f"described_1_{made}",
        "Catalog": "AwsDataCatalog",
        "Database": "sagemaker_featurestore",
    }
    assert described["OnlineStoreConfig"] == {"EnableOnlineStore": True, "StorageType": "Standard"}
    assert described["FeatureDefinitions"] == define(SCHEMA)
    assert store.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    by_arn = store.sagemaker.describe_feature_group(FeatureGroupName=arn)
    assert by_arn["FeatureGroupName"] == "Described-1"
    with pytest.raises(store.sagemaker.exceptions.ResourceInUse, match="Already Exists"):
        store.create("described-1")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"RecordIdentifierFeatureName": "no"}, "RecordIdentifierFeatureName is no feature"),
        ({"RecordIdentifierFeatureName": "score"}, "score is Fractional. Use String or Integral"),
        ({"EventTimeFeatureName": "age"}, "age is Integral. Use String or Fractional"),
        ({"EventTimeFeatureName": "id"}, "are one feature: id"),
        ({"FeatureDefinitions": define({**SCHEMA, "Write_Time": "String"})}, "Reserved feature"),
        ({"FeatureDefinitions": define({**SCHEMA, "AGE": "String"})}, "more than once: AGE"),
        ({"FeatureDefinitions": [*define(SCHEMA), VECTOR]}, "need an InMemory online store"),
        ({"OnlineStoreConfig": None, "OfflineStoreConfig": None}, "needs a store"),
        ({"RoleArn": None}, "RoleArn is missing"),
        ({"OnlineStoreConfig": {"EnableOnlineStore": True, "TtlDuration": {"Value": 1}}}, "Unit"),
        ({"ThroughputConfig": {"ThroughputMode": "Provisioned"}}, "ThroughputConfig does not fit"),
        (
            {
                "OfflineStoreConfig": {
                    "S3StorageConfig": {"S3Uri": f"s3://{BUCKET}"},
                    "TableFormat": "Iceberg",
                    "DisableGlueTableCreation": True,
                }
            },
            "Iceberg without a table in Glue",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused(
    store: FeatureService, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence):
        store.create("refused", **change)
    with pytest.raises(store.sagemaker.exceptions.ResourceNotFound):
        store.sagemaker.describe_feature_group(FeatureGroupName="refused")


def test_in_memory_groups_have_collections(store: FeatureService) -> None:
    memory = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    described = store.create(
        "vectors",
        **ONLINE,
        OnlineStoreConfig=memory,
        FeatureDefinitions=[*define(SCHEMA), VECTOR],
    )
    assert described["FeatureDefinitions"][-1] == VECTOR
    whole = {**VECTOR, "FeatureName": "w", "FeatureType": "Integral"}
    with pytest.raises(ClientError, match="A Vector has Fractional elements: feature w"):
        store.create("v2", OnlineStoreConfig=memory, FeatureDefinitions=[*define(SCHEMA), whole])


def test_a_missing_bucket_fails_the_creation(store: FeatureService) -> None:
    config = {"S3StorageConfig": {"S3Uri": "s3://nobody-made-this/x"}}
    described = store.create("homeless", OfflineStoreConfig=config)
    assert described["FeatureGroupStatus"] == "CreateFailed"
    assert "nobody-made-this" in described["FailureReason"]


def test_updates_come_one_at_a_time(store: FeatureService) -> None:
    store.create("updated", OnlineStoreConfig={"EnableOnlineStore": True})
    client = store.sagemaker

    def update(**change: Any) -> dict[str, Any]:
        client.update_feature_group(FeatureGroupName="updated", **change)
        return dict(client.describe_feature_group(FeatureGroupName="updated"))

    described = update(FeatureAdditions=define({"more": "Integral"}))
    assert described["FeatureDefinitions"] == define({**SCHEMA, "more": "Integral"})
    assert described["LastUpdateStatus"] == {"Status": "Successful"}
    ttl = {"Unit": "Hours", "Value": 2}
    assert update(OnlineStoreConfig={"TtlDuration": ttl})["OnlineStoreConfig"]["TtlDuration"] == ttl
    without = update(OnlineStoreConfig={"TtlDuration": {}})["OnlineStoreConfig"]
    assert without == {"EnableOnlineStore": True, "StorageType": "Standard"}
    with pytest.raises(ClientError, match="one change at a time"):
        update()
    with pytest.raises(ClientError, match="more than once: more"):
        update(FeatureAdditions=define({"more": "String"}))
    with pytest.raises(ClientError, match="StorageType cannot be changed"):
        update(OnlineStoreConfig={"StorageType": "InMemory"})


def test_features_have_metadata_and_are_found(store: FeatureService) -> None:
    store.create("labelled", Tags=[{"Key": "team", "Value": "labels"}])
    client = store.sagemaker
    feature = {"FeatureGroupName": "labelled", "FeatureName": "age"}
    added = [{"Key": "unit", "Value": "years"}, {"Key": "owner", "Value": "b"}]
    client.update_feature_metadata(**feature, Description="Age", ParameterAdditions=added)
    client.update_feature_metadata(
        **feature, ParameterRemovals=["owner"], ParameterAdditions=[{"Key": "unit", "Value": "y"}]
    )
    described = client.describe_feature_metadata(**feature)
    assert described["Description"] == "Age"
    assert described["FeatureType"] == "Integral"
    assert described["Parameters"] == [{"Key": "unit", "Value": "y"}]
    assert described["LastModifiedTime"] > described["CreationTime"]
    with pytest.raises(client.exceptions.ResourceNotFound, match="has no feature none"):
        client.describe_feature_metadata(FeatureGroupName="labelled", FeatureName="none")

    def search(resource: str, name: str, value: str) -> list[Any]:
        filters = [{"Name": name, "Operator": "Equals", "Value": value}]
        return list(
            client.search(Resource=resource, SearchExpression={"Filters": filters})["Results"]
        )

    (found,) = search("FeatureMetadata", "Description", "Age")
    assert found["FeatureMetadata"]["FeatureName"] == "age"
    assert search("FeatureMetadata", "Parameters.unit", "y") == [found]
    assert search("FeatureMetadata", "Parameters.unit", "years") == []
    assert search("FeatureMetadata", "AllParameters", "unit") == [found]
    assert search("FeatureMetadata", "AllParameters", "y") == [found]
    (group,) = search("FeatureGroup", "FeatureGroupName", "labelled")
    assert group["FeatureGroup"]["RecordIdentifierFeatureName"] == "id"
    assert search("FeatureGroup", "AllTags", "labels") == [group]


def test_groups_are_listed_and_deleted(store: FeatureService) -> None:
    client = store.sagemaker
    store.create("Listed-b")
    store.create("listed-a", **ONLINE)

    def list_names(**given: Any) -> list[str]:
        pages = client.get_paginator("list_feature_groups").paginate(
            NameContains="listed-", **given, PaginationConfig={"PageSize": 1}
        )
        return [
            item["FeatureGroupName"] for page in pages for item in page["FeatureGroupSummaries"]
        ]

    assert list_names() == ["Listed-b", "listed-a"]
    assert list_names(SortBy="Name") == ["listed-a", "Listed-b"]
    assert list_names(OfflineStoreStatusEquals="Active") == ["Listed-b"]
    assert list_names(FeatureGroupStatusEquals="CreateFailed") == []
    client.delete_feature_group(FeatureGroupName="listed-a")

    def is_gone() -> bool:
        return list_names() == ["Listed-b"]

    wait_until(is_gone, bool)
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.delete_feature_group(FeatureGroupName="listed-a")
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_feature_metadata(FeatureGroupName="listed-a", FeatureName="age")


def test_groups_survive_a_restart_and_finish_what_they_began(tmp_path: Path) -> None:
    with open_feature_service(tmp_path) as service:
        service.create("kept")
        service.backend.records.update(FEATURE_GROUP, REGION, "kept", FeatureGroupStatus="Creating")
    with open_feature_service(tmp_path) as service:
        registry.load_registration("feature_groups").restart(service.backend)
        assert service.settle("kept")["FeatureGroupStatus"] == "Created"

"""Model packages through the AWS API: versions, updates, lists, deletion, refusals."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import PATIENCE_SECONDS, REGION, ROLE, Account, name_image
from tests.local_test.service.resources.test_endpoints import container, model

TYPES = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
INSTANCES = {
    "SupportedTransformInstanceTypes": ["ml.m5.large"],
    "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
}
STATISTICS = {"ContentType": "application/json", "S3Uri": "s3://standins/statistics.json"}
DESCRIBED = {
    "ModelPackageDescription": "of a test",
    "MetadataProperties": {"CommitId": "1f", "ProjectId": "p"},
    "ModelMetrics": {"ModelQuality": {"Statistics": STATISTICS}},
    "DriftCheckBaselines": {"ModelQuality": {"Statistics": STATISTICS}},
    "CustomerMetadataProperties": {"owner": "a"},
    "Domain": "MACHINE_LEARNING",
    "Task": "REGRESSION",
    "SamplePayloadUrl": "s3://standins/payload.tar.gz",
    "ModelCard": {
        "ModelCardContent": '{"intended_uses": {"risk_rating": "Low", "purpose_of_model": "x"}}',
        "ModelCardStatus": "Draft",
    },
    "ModelLifeCycle": {"Stage": "Development", "StageStatus": "InProgress"},
    "SecurityConfig": {"KmsKeyId": "key"},
    "SkipModelValidation": "None",
    "ModelPackageRegistrationType": "Registered",
}


@pytest.fixture(scope="module")
def store(account: Account) -> Account:
    """The service, with a bucket for models and two groups."""
    account.bucket("standins")
    for name in ("pkg-One", "pkg-two"):
        account.sagemaker.create_model_package_group(ModelPackageGroupName=name)
    return account


def specification(account: Account, name: str, **more: Any) -> dict[str, Any]:
    return {"Containers": [container(account, name, tag=name)], **TYPES, **more}


def register(account: Account, group: str = "pkg-two", **more: Any) -> str:
    if not more.keys() & {"InferenceSpecification", "SourceUri"}:
        more["InferenceSpecification"] = specification(account, f"of-{group}")
    made = account.sagemaker.create_model_package(ModelPackageGroupName=group, **more)
    return str(made["ModelPackageArn"])


def describe(account: Account, reference: str, **more: str) -> dict[str, Any]:
    described = account.sagemaker.describe_model_package(ModelPackageName=reference, **more)
    del described["ResponseMetadata"]
    return dict(described)


def update(account: Account, arn: str, **changes: Any) -> dict[str, Any]:
    updated = account.sagemaker.update_model_package(ModelPackageArn=arn, **changes)
    assert updated["ModelPackageArn"] == arn
    return describe(account, arn)


def list_versions(account: Account, **filters: Any) -> list[int]:
    listed = account.sagemaker.list_model_packages(**filters)["ModelPackageSummaryList"]
    return [item["ModelPackageVersion"] for item in listed]


def test_a_version_is_described_with_all_it_was_registered_with(store: Account) -> None:
    given = specification(store, "whole", **INSTANCES)
    arn = register(store, "pkg-One", InferenceSpecification=given, **DESCRIBED)
    assert arn == f"arn:aws:sagemaker:{REGION}:123456789012:model-package/pkg-one/1"
    described = describe(store, arn)
    head = store.s3.head_object(Bucket="standins", Key="whole.tar.gz")
    given["Containers"][0]["ModelDataETag"] = head["ETag"].strip('"')
    expected = {
        **DESCRIBED,
        "ModelPackageGroupName": "pkg-One",
        "ModelPackageVersion": 1,
        "ModelPackageArn": arn,
        "InferenceSpecification": given,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "ModelApprovalStatus": "PendingManualApproval",
        "CertifyForMarketplace": False,
        "CreatedBy": {},
    }
    assert {name: described[name] for name in expected} == expected
    assert described.keys() - expected.keys() == {"CreationTime"}
    assert describe(store, "pkg-One/1") == described
    reduced = describe(store, arn, IncludedData="MetadataOnly")["ModelCard"]
    assert reduced == {
        "ModelCardContent": '{"intended_uses": {"risk_rating": "Low"}}',
        "ModelCardStatus": "Draft",
    }


def test_versions_are_counted_and_never_given_twice(store: Account) -> None:
    store.sagemaker.create_model_package_group(ModelPackageGroupName="pkg-count")
    arns = [register(store, "pkg-count", ModelApprovalStatus="Approved") for _ in range(3)]
    assert [arn.rpartition("/")[2] for arn in arns] == ["1", "2", "3"]
    store.sagemaker.delete_model_package(ModelPackageName=arns[2])
    with pytest.raises(ClientError, match=r"pkg-count/3 does not exist"):
        describe(store, arns[2])
    group = store.sagemaker.describe_model_package_group(ModelPackageGroupName="pkg-count")
    assert register(store, group["ModelPackageGroupArn"]).endswith("/4")
    assert list_versions(store, ModelPackageGroupName="pkg-count") == [1, 2, 4]
    by_arn = {"ModelPackageGroupName": group["ModelPackageGroupArn"], "SortOrder": "Descending"}
    assert list_versions(store, **by_arn) == [4, 2, 1]
    assert list_versions(store, **by_arn, ModelApprovalStatus="Approved") == [2, 1]
    assert list_versions(store, NameContains="PKG-COUNT", ModelPackageType="Versioned") == [1, 2, 4]
    pages = store.sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName="pkg-count", SortBy="Name", PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["ModelPackageSummaryList"]) for page in pages]
    assert sizes == [2, 1]


def test_an_update_changes_only_what_it_names(store: Account) -> None:
    arn = register(store, CustomerMetadataProperties={"owner": "a", "stage": "dev"})
    update(store, arn, ModelApprovalStatus="Approved", ApprovalDescription="good")
    described = update(store, arn, CustomerMetadataProperties={"owner": "b", "build": "7"})
    assert described["ModelApprovalStatus"] == "Approved"
    assert described["ApprovalDescription"] == "good"
    merged = {"owner": "b", "stage": "dev", "build": "7"}
    assert described["CustomerMetadataProperties"] == merged
    life = {"Stage": "Production", "StageStatus": "Approved", "StageDescription": "live"}
    described = update(store, arn, ModelLifeCycle=life, ModelApprovalStatus="Rejected")
    assert (described["ModelLifeCycle"], described["ModelApprovalStatus"]) == (life, "Rejected")
    assert described["CustomerMetadataProperties"] == merged
    assert described["LastModifiedTime"] > described["CreationTime"]
    assert described["LastModifiedBy"] == {}
    described = update(store, arn, CustomerMetadataPropertiesToRemove=["owner", "nothing"])
    assert described["CustomerMetadataProperties"] == {"stage": "dev", "build": "7"}
    card = {"ModelCardContent": '{"model_overview": {}}', "ModelCardStatus": "Draft"}
    update(store, arn, ModelCard=card)
    described = update(store, arn, ModelCard={"ModelCardStatus": "Approved"})
    assert described["ModelCard"] == card | {"ModelCardStatus": "Approved"}


def test_additional_specifications_are_added_by_name(store: Account) -> None:
    arn = register(store)
    fast, small = (
        {"Name": name, "Containers": [container(store, name, tag=name)]}
        for name in ("fast", "small")
    )
    update(store, arn, AdditionalInferenceSpecificationsToAdd=[fast])
    described = update(store, arn, AdditionalInferenceSpecificationsToAdd=[small])
    assert [item["Name"] for item in described["AdditionalInferenceSpecifications"]] == [
        "fast",
        "small",
    ]
    with pytest.raises(ClientError, match="named small already exists"):
        update(store, arn, AdditionalInferenceSpecificationsToAdd=[small])
    many = [{**small, "Name": f"n{number}"} for number in range(14)]
    with pytest.raises(ClientError, match=r"16\. A model package has at most 15"):
        update(store, arn, AdditionalInferenceSpecificationsToAdd=many)


def test_a_source_brings_the_containers(store: Account) -> None:
    model(store, "pkg-Source", container(store, "source", tag="source"))
    found = store.sagemaker.describe_model(ModelName="pkg-Source")
    arn = register(store, SourceUri=found["ModelArn"])
    described = describe(store, arn)
    [taken] = described["InferenceSpecification"]["Containers"]
    assert taken["ModelDataUrl"] == "s3://standins/source.tar.gz"
    copy = describe(store, register(store, SourceUri=arn))
    assert copy["InferenceSpecification"] == described["InferenceSpecification"]
    assert copy["SourceUri"] == arn
    assert update(store, arn, SourceUri="models:/prices/3")["SourceUri"] == "models:/prices/3"
    with pytest.raises(ClientError, match="either an InferenceSpecification or a SourceUri"):
        register(store, InferenceSpecification=specification(store, "both"), SourceUri="models:/a")


def test_a_package_without_versions_has_a_name_of_its_own(store: Account) -> None:
    given = specification(store, "alone", **INSTANCES)
    made = store.sagemaker.create_model_package(
        ModelPackageName="pkg-alone",
        InferenceSpecification=given,
        Tags=[{"Key": "team", "Value": "a"}],
    )
    described = describe(store, "pkg-alone")
    assert described["ModelPackageArn"] == made["ModelPackageArn"]
    assert described["ModelPackageName"] == "pkg-alone"
    assert described.keys() & {"ModelPackageGroupName", "ModelApprovalStatus"} == set()
    store.sagemaker.add_tags(
        ResourceArn=made["ModelPackageArn"], Tags=[{"Key": "team", "Value": "b"}]
    )
    tags = store.sagemaker.list_tags(ResourceArn=made["ModelPackageArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "b"}]
    listed = store.sagemaker.list_model_packages(NameContains="pkg-")["ModelPackageSummaryList"]
    assert [item["ModelPackageName"] for item in listed] == ["pkg-alone"]
    both = store.sagemaker.list_model_packages(ModelPackageType="Both", MaxResults=100)
    assert len(both["ModelPackageSummaryList"]) > 1
    with pytest.raises(ClientError, match="ModelPackage already exists") as taken:
        store.sagemaker.create_model_package(
            ModelPackageName="pkg-alone", InferenceSpecification=given
        )
    assert taken.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="Only versions can be updated"):
        update(store, made["ModelPackageArn"], ApprovalDescription="x")
    store.sagemaker.delete_model_package(ModelPackageName="pkg-alone")
    with pytest.raises(ClientError, match="pkg-alone does not exist"):
        describe(store, "pkg-alone")


def test_a_repeated_request_is_done_once(store: Account) -> None:
    given = specification(store, "token")
    first = register(store, InferenceSpecification=given, ClientToken="create-1")
    store.s3.delete_object(Bucket="standins", Key="token.tar.gz")
    assert register(store, InferenceSpecification=given, ClientToken="create-1") == first
    with pytest.raises(ClientError, match="used by another request: create-1") as other:
        register(store, ModelPackageDescription="another", ClientToken="create-1")
    assert other.value.response["Error"]["Code"] == "ConflictException"
    added = [{"Name": "extra", "Containers": [container(store, "extra", tag="e")]}]
    change = {"AdditionalInferenceSpecificationsToAdd": added, "ClientToken": "update-1"}
    update(store, first, **change)
    described = update(store, first, **change)
    assert len(described["AdditionalInferenceSpecifications"]) == 1


def test_many_packages_are_described_at_once(store: Account) -> None:
    arn = register(store, ModelPackageDescription="one of many")
    missing = arn.replace("pkg-two", "pkg-none")
    found = store.sagemaker.batch_describe_model_package(ModelPackageArnList=[arn, missing])
    [summary] = found["ModelPackageSummaries"].values()
    assert (summary["ModelPackageArn"], summary["ModelPackageDescription"]) == (arn, "one of many")
    assert summary["InferenceSpecification"]["Containers"]
    [error] = found["BatchDescribeModelPackageErrorMap"].values()
    assert error["ErrorCode"] == "ValidationException"
    assert "pkg-none" in error["ErrorResponse"]


def test_packages_are_found_by_their_approval_and_metadata(store: Account) -> None:
    arn = register(
        store, ModelApprovalStatus="Approved", CustomerMetadataProperties={"owner": "searched"}
    )
    register(store, CustomerMetadataProperties={"owner": "searched"})
    filters = {
        "ModelPackageGroupName": "pkg-two",
        "ModelApprovalStatus": "Approved",
        "CustomerMetadataProperties.owner": "searched",
    }
    expression = {
        "Filters": [
            {"Name": name, "Operator": "Equals", "Value": value} for name, value in filters.items()
        ]
    }
    found = store.sagemaker.search(Resource="ModelPackage", SearchExpression=expression)
    assert [item["ModelPackage"]["ModelPackageArn"] for item in found["Results"]] == [arn]
    named = {"Name": "ModelPackageGroupName", "Operator": "Equals", "Value": "pkg-One"}
    found = store.sagemaker.search(
        Resource="ModelPackageGroup", SearchExpression={"Filters": [named]}
    )
    [group] = [item["ModelPackageGroup"] for item in found["Results"]]
    assert group["ModelPackageGroupName"] == "pkg-One"


NOWHERE = {"Image": name_image("standin"), "ModelDataUrl": "s3://standins/nowhere.tar.gz"}
PREFIX = {"S3DataType": "S3Prefix", "CompressionType": "None", "S3Uri": "s3://standins/nowhere/"}
LARGE = {str(number): "x" for number in range(50)}


@pytest.mark.parametrize(
    ("request_fields", "sentence"),
    [
        ({}, "Give a ModelPackageName or a ModelPackageGroupName"),
        ({"ModelPackageName": "a", "ModelPackageGroupName": "pkg-two"}, "Give either"),
        ({"ModelPackageGroupName": "pkg-none"}, "pkg-none does not exist"),
        ({"ModelPackageGroupName": "pkg-two", "Tags": [{"Key": "a", "Value": "b"}]}, "Tag the"),
        ({"ModelPackageName": "a"}, "SupportedTransformInstanceTypes is required"),
        ({"ModelPackageName": "a", "SourceUri": "x"}, "SourceUri needs a ModelPackageGroupName"),
        ({"ModelPackageGroupName": "pkg-two", "CertifyForMarketplace": True}, "is not done"),
        ({"ModelPackageGroupName": "pkg-two", "ManagedStorageType": "Restricted"}, "is not done"),
        (
            {
                "ModelPackageGroupName": "pkg-two",
                "SourceAlgorithmSpecification": {"SourceAlgorithms": [{"AlgorithmName": "a"}]},
            },
            "SourceAlgorithmSpecification",
        ),
        (
            {"ModelPackageGroupName": "pkg-two", "ModelCard": {"ModelCardContent": "{"}},
            "ModelCardContent is not JSON",
        ),
        (
            {
                "ModelPackageGroupName": "pkg-two",
                "InferenceSpecification": {"Containers": [NOWHERE]},
            },
            "Could not find model data at s3://standins/nowhere.tar.gz",
        ),
        (
            {
                "ModelPackageGroupName": "pkg-two",
                "InferenceSpecification": {
                    "Containers": [
                        {"Image": NOWHERE["Image"], "ModelDataSource": {"S3DataSource": PREFIX}}
                    ]
                },
            },
            "Could not find model data at s3://standins/nowhere/",
        ),
        (
            {
                "ModelPackageGroupName": "pkg-two",
                "InferenceSpecification": {"Containers": [{"Image": name_image("nobody")}]},
            },
            "tandem-nobody",
        ),
        (
            {
                "ModelPackageGroupName": "pkg-two",
                "InferenceSpecification": {"Containers": [{"ModelDataUrl": "s3://a/b"}]},
            },
            "needs an Image",
        ),
    ],
)
def test_bad_requests_are_refused_and_leave_nothing(
    store: Account, request_fields: dict[str, Any], sentence: str
) -> None:
    given = {"InferenceSpecification": specification(store, "good")} | request_fields
    if "SourceUri" in given:
        del given["InferenceSpecification"]
    before = list_versions(store, ModelPackageGroupName="pkg-two", MaxResults=100)
    with pytest.raises(ClientError, match=sentence) as refused:
        store.sagemaker.create_model_package(**given)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert list_versions(store, ModelPackageGroupName="pkg-two", MaxResults=100) == before
    assert int(register(store).rpartition("/")[2]) == max(before, default=0) + 1


def test_bad_updates_are_refused_and_change_nothing(store: Account) -> None:
    arn = register(store, CustomerMetadataProperties={"owner": "a"})
    before = describe(store, arn)
    both = {
        "CustomerMetadataProperties": {"owner": "b"},
        "CustomerMetadataPropertiesToRemove": ["owner"],
    }
    for changes, sentence in (
        (both, "name the same key: owner"),
        ({"CustomerMetadataProperties": LARGE}, r"51\. A model package has at most 50"),
        ({"ModelApprovalStatus": "Maybe"}, "enum value set"),
        ({"InferenceSpecification": {"Containers": [NOWHERE]}}, "Could not find model data"),
        ({"ModelCard": {"ModelCardContent": "[]"}}, "not a JSON object"),
    ):
        with pytest.raises(ClientError, match=sentence):
            update(store, arn, ModelPackageRegistrationType="Logged", **changes)
    assert describe(store, arn) == before
    with pytest.raises(ClientError, match=r"pkg-none/1 does not exist"):
        update(store, arn.replace("pkg-two", "pkg-none").rpartition("/")[0] + "/1")


def test_skipped_validation_takes_what_is_not_on_this_machine(store: Account) -> None:
    elsewhere = {"Image": name_image("nobody"), "ModelDataUrl": "s3://nobody/model.tar.gz"}
    arn = register(
        store, InferenceSpecification={"Containers": [elsewhere]}, SkipModelValidation="All"
    )
    assert describe(store, arn)["InferenceSpecification"] == {"Containers": [elsewhere]}


def test_an_approval_is_an_event(store: Account) -> None:
    sqs, events = store.client("sqs"), store.client("events")
    queue = sqs.create_queue(QueueName="approvals")["QueueUrl"]
    target = {"Id": "queue", "Arn": f"arn:aws:sqs:{REGION}:123456789012:approvals"}
    pattern = {
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelApprovalStatus": ["Approved"]},
    }
    events.put_rule(Name="approved", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="approved", Targets=[target])
    arn = register(store)
    update(store, arn, CustomerMetadataProperties={"owner": "a"})
    update(store, arn, ModelApprovalStatus="Approved")
    received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    events.remove_targets(Rule="approved", Ids=["queue"])
    events.delete_rule(Name="approved")
    [event] = [json.loads(message["Body"]) for message in received]
    assert event["resources"] == [arn]
    assert event["detail"]["ModelPackageArn"] == arn
    assert event["detail"]["CustomerMetadataProperties"] == {"owner": "a"}


def profile(account: Account, name: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": account.put(f"s3://standins/{name}.csv", "1\n")}
    definition = {
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://standins/{name}-out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    return {
        "ValidationRole": ROLE,
        "ValidationProfiles": [{"ProfileName": name, "TransformJobDefinition": definition}],
    }


@pytest.mark.parametrize(
    ("behaviour", "status"), [({"tag": "t"}, "Completed"), ({"refuses": "1"}, "Failed")]
)
def test_a_validation_profile_is_run(
    store: Account, behaviour: dict[str, str], status: str
) -> None:
    name = f"pkg-valid-{status.lower()}"
    given = {"Containers": [container(store, name, **behaviour)], **TYPES}
    arn = register(
        store, InferenceSpecification=given, ValidationSpecification=profile(store, name)
    )
    seen = settle(store, arn)
    [item] = seen["ModelPackageStatusDetails"]["ValidationStatuses"]
    assert (seen["ModelPackageStatus"], item["Name"], item["Status"]) == (status, name, status)
    assert ("FailureReason" in item) == (status == "Failed")
    if status == "Completed":
        assert store.get(f"s3://standins/{name}-out/{name}.csv.out") == b"t(1)\n"
    listed = store.sagemaker.list_models(NameContains="model-package-validation")["Models"]
    assert listed == []


def settle(account: Account, arn: str) -> dict[str, Any]:
    """Wait until a package is validated."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (described := describe(account, arn))["ModelPackageStatus"] in {"Pending", "InProgress"}:
        assert time.monotonic() < deadline, described
        time.sleep(0.1)
    return described

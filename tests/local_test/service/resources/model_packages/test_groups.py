"""Model package groups through the AWS API: names, lists, deletion, policies, tags."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, Account

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})
OTHER = f"arn:aws:sagemaker:{REGION}:999999999999:model-package-group/prices"


@pytest.fixture(scope="module")
def groups(account: Account) -> Account:
    """The service, with three groups."""
    for name in ("grp-b", "grp-a", "grp-c"):
        account.sagemaker.create_model_package_group(
            ModelPackageGroupName=name, ModelPackageGroupDescription=f"of {name}"
        )
    return account


def arn_of(name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:123456789012:model-package-group/{name}"


def test_a_group_is_described_by_its_name_and_its_arn(groups: Account) -> None:
    by_name = groups.sagemaker.describe_model_package_group(ModelPackageGroupName="grp-a")
    by_arn = groups.sagemaker.describe_model_package_group(ModelPackageGroupName=arn_of("grp-a"))
    for described in (by_name, by_arn):
        del described["ResponseMetadata"], described["CreationTime"]
    assert by_name == by_arn
    assert by_name == {
        "ModelPackageGroupName": "grp-a",
        "ModelPackageGroupArn": arn_of("grp-a"),
        "ModelPackageGroupDescription": "of grp-a",
        "ModelPackageGroupStatus": "Completed",
        "CreatedBy": {},
    }


def test_groups_are_listed_oldest_first_or_by_name(groups: Account) -> None:
    def list_names(**filters: str) -> list[str]:
        pages = groups.sagemaker.get_paginator("list_model_package_groups").paginate(
            NameContains="grp-", **filters, PaginationConfig={"PageSize": 2}
        )
        return [
            item["ModelPackageGroupName"]
            for page in pages
            for item in page["ModelPackageGroupSummaryList"]
        ]

    assert list_names() == ["grp-b", "grp-a", "grp-c"]
    assert list_names(SortBy="Name") == ["grp-a", "grp-b", "grp-c"]
    assert list_names(SortBy="Name", SortOrder="Descending") == ["grp-c", "grp-b", "grp-a"]
    middle = groups.sagemaker.describe_model_package_group(ModelPackageGroupName="grp-a")
    assert list_names(CreationTimeAfter=middle["CreationTime"]) == ["grp-c"]
    assert list_names(CrossAccountFilterOption="SameAccount") == ["grp-b", "grp-a", "grp-c"]
    assert list_names(CrossAccountFilterOption="CrossAccount") == []


def test_a_group_with_packages_is_not_deleted(groups: Account) -> None:
    sagemaker = groups.sagemaker
    group = sagemaker.create_model_package_group(ModelPackageGroupName="grp-full")
    made = sagemaker.create_model_package(
        ModelPackageGroupName="grp-full", ModelPackageRegistrationType="Logged"
    )
    with pytest.raises(ClientError, match="1 model packages") as refused:
        sagemaker.delete_model_package_group(ModelPackageGroupName=group["ModelPackageGroupArn"])
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    sagemaker.delete_model_package(ModelPackageName=made["ModelPackageArn"])
    sagemaker.delete_model_package_group(ModelPackageGroupName="grp-full")
    with pytest.raises(ClientError, match="grp-full does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName="grp-full")


def test_a_groups_policy_is_kept_and_deleted(groups: Account) -> None:
    name = {"ModelPackageGroupName": "grp-b"}
    sagemaker = groups.sagemaker
    put = sagemaker.put_model_package_group_policy(**name, ResourcePolicy=POLICY)
    assert put["ModelPackageGroupArn"] == arn_of("grp-b")
    assert sagemaker.get_model_package_group_policy(**name)["ResourcePolicy"] == POLICY
    sagemaker.delete_model_package_group_policy(**name)
    for refused in (
        sagemaker.get_model_package_group_policy,
        sagemaker.delete_model_package_group_policy,
    ):
        with pytest.raises(ClientError, match="Cannot find resource policy") as missing:
            refused(**name)
        assert missing.value.response["Error"]["Code"] == "ValidationException"
    for text, sentence in (("{", "is not JSON"), ("[]", "has no Statement")):
        with pytest.raises(ClientError, match=sentence):
            sagemaker.put_model_package_group_policy(**name, ResourcePolicy=text)


def test_a_groups_tags_are_changed(groups: Account) -> None:
    group = groups.sagemaker.create_model_package_group(
        ModelPackageGroupName="grp-Tagged", Tags=[{"Key": "team", "Value": "a"}]
    )
    arn = group["ModelPackageGroupArn"]
    groups.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "cost", "Value": "1"}])
    groups.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert groups.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "cost", "Value": "1"}]


def test_refusals_of_groups_are_the_services(groups: Account) -> None:
    sagemaker = groups.sagemaker
    with pytest.raises(ClientError, match="already exists") as taken:
        sagemaker.create_model_package_group(ModelPackageGroupName="grp-a")
    assert taken.value.response["Error"]["Code"] == "ValidationException"
    for reference in ("nothing", arn_of("nothing"), OTHER):
        with pytest.raises(ClientError, match="does not exist") as missing:
            sagemaker.describe_model_package_group(ModelPackageGroupName=reference)
        assert missing.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="ManagedConfiguration is not done"):
        sagemaker.create_model_package_group(
            ModelPackageGroupName="grp-managed",
            ManagedConfiguration={"ManagedStorageType": "Restricted"},
        )

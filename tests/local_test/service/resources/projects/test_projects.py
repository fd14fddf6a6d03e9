"""Projects through the AWS API, and the domain that they belong to."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account

PROVIDER = {"TemplateName": "any", "TemplateURL": "https://s3.amazonaws.com/bucket/template.yml"}


def test_a_project_is_kept_with_its_domain(account: Account) -> None:
    sagemaker = account.sagemaker
    made = sagemaker.create_project(ProjectName="houses", Tags=[{"Key": "a", "Value": "b"}])
    told = sagemaker.describe_project(ProjectName="houses")
    assert (told["ProjectId"], told["ProjectStatus"]) == (made["ProjectId"], "CreateCompleted")
    domain = sagemaker.describe_domain(DomainId=told["CreatedBy"]["DomainId"])
    assert domain["DefaultUserSettings"]["ExecutionRole"].startswith("arn:aws:iam::")
    sagemaker.update_project(ProjectName="houses", ProjectDescription="of Ames")
    listed = sagemaker.list_projects()["ProjectSummaryList"]
    assert [(one["ProjectName"], one["ProjectStatus"]) for one in listed] == [
        ("houses", "UpdateCompleted")
    ]
    assert sagemaker.list_tags(ResourceArn=made["ProjectArn"])["Tags"]
    sagemaker.delete_project(ProjectName="houses")
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_project(ProjectName="houses")
    with pytest.raises(ClientError, match="TemplateProviders"):
        sagemaker.create_project(
            ProjectName="more", TemplateProviders=[{"CfnTemplateProvider": PROVIDER}]
        )

"""The resource type of projects, and the domain of this service."""

from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT, ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

PROJECT = ResourceType("Project", "project", "ProjectSummaryList", "project")
DOMAIN_ID = "d-localsagemaker"
"""The one domain there is: its users are whoever calls this service."""


def find_project(backend: Backend, region: str, name: str) -> Record:
    """Return a project. Raises ApiError when there is none of this name."""
    try:
        return backend.records.get(PROJECT, region, name)
    except ApiError as error:
        arn = PROJECT.make_arn(region, name)
        raise ApiError("ValidationException", f"Project {arn} does not exist.") from error


def describe_domain(backend: Backend, region: str) -> dict[str, Any]:
    """Return the domain, whose users have the execution role of this service."""
    role = backend.role.find(region)
    return {
        "DomainId": DOMAIN_ID,
        "DomainArn": f"arn:aws:sagemaker:{region}:{ACCOUNT}:domain/{DOMAIN_ID}",
        "DomainName": "local",
        "Status": "InService",
        "AuthMode": "IAM",
        "CreationTime": role["CreateDate"].timestamp(),
        "LastModifiedTime": role["CreateDate"].timestamp(),
        "DefaultUserSettings": {"ExecutionRole": role["Arn"]},
    }

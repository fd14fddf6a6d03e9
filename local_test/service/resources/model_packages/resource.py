"""The resource types of the model registry, and how a request refers to one of their resources.

Source: API, patterns `ArnOrName` and `VersionedArnOrName`: `name`, `name/version`, or an ARN that
ends so.
"""

import re
from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.resource_type import ACCOUNT, ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

_REFERENCE = re.compile(
    r"(arn:aws[a-z-]*:sagemaker:(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12}):(?P<path>[a-z-]*)/)?"
    r"(?P<name>[^/]+)(/(?P<version>[0-9]+))?"
)


def make_package_key(name: str, version: int | None) -> str:
    """Return the key of a package's record; names have no dot, so no two packages share one."""
    return name.lower() if version is None else f"{name.lower()}.{version}"


def _find_package_key(record: Mapping[str, Any]) -> str:
    return make_package_key(name_package(record), record.get("ModelPackageVersion"))


def name_package(record: Mapping[str, Any]) -> str:
    """Return the name of a package, of one with a version its group's, as it has no other."""
    return str(record.get("ModelPackageName") or record["ModelPackageGroupName"])


def _describe_failure(record: dict[str, Any], reason: str, time: float) -> dict[str, Any]:
    """Return the changes of a package whose validation ended unexpectedly."""
    details, failure = (
        record["ModelPackageStatusDetails"],
        {"Status": "Failed", "FailureReason": reason},
    )
    statuses = [
        item if item["Status"] == "Completed" else item | failure
        for item in details["ValidationStatuses"]
    ]
    return {
        "ModelPackageStatus": "Failed",
        "ModelPackageStatusDetails": details | {"ValidationStatuses": statuses},
        "LastModifiedTime": time,
    }


PACKAGE_GROUP = ResourceType(
    "ModelPackageGroup",
    "model-package-group",
    "ModelPackageGroupSummaryList",
    "model package group",
    default_order="Ascending",
    shown=True,
    find_key=lambda record: str(record["ModelPackageGroupName"]).lower(),
)
MODEL_PACKAGE = ResourceType(
    "ModelPackage",
    "model-package",
    "ModelPackageSummaryList",
    "model package",
    default_order="Ascending",
    on_failure=_describe_failure,
    find_key=_find_package_key,
)


def find_group(backend: Backend, region: str, reference: str) -> Record:
    """Return a group's record by its name or ARN. Raises ApiError when there is none."""
    return _find(backend, region, reference, PACKAGE_GROUP)


def find_package(backend: Backend, region: str, reference: str) -> Record:
    """Return a package's record by its name, `group/version` or ARN.

    Raises ApiError when there is none.
    """
    return _find(backend, region, reference, MODEL_PACKAGE)


def list_versions(backend: Backend, region: str, group: str) -> list[Record]:
    """Return the packages of a group in the order of their versions; `group` is its name."""
    records = [record for _, record in backend.records.list_all(MODEL_PACKAGE, region)]
    versions = [item for item in records if item.get("ModelPackageGroupName") == group]
    return sorted(versions, key=lambda record: int(record["ModelPackageVersion"]))


def require_free(backend: Backend, region: str, record: Record, resource: ResourceType) -> None:
    """Raise ApiError when the name of a new record is taken; the caller holds the lock."""
    try:
        backend.records.get(resource, region, resource.key_of(record))
    except ApiError:
        return
    raise invalid(f"{resource.kind} already exists: {record[resource.arn_field]}.")


def _find(backend: Backend, region: str, reference: str, resource: ResourceType) -> Record:
    key = _parse_reference(region, reference, resource)
    try:
        return backend.records.get(resource, region, key)
    except ApiError as error:
        raise not_found_error(region, reference, resource) from error


def not_found_error(region: str, reference: str, resource: ResourceType) -> ApiError:
    """Return the error for a reference without a resource."""
    arn = reference if reference.startswith("arn:") else resource.make_arn(region, reference)
    return invalid(f"{resource.kind} {arn} does not exist.")


def _parse_reference(region: str, reference: str, resource: ResourceType) -> str:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise not_found_error(region, reference, resource)
    scope = (match["region"], match["account"], match["path"])
    if match[1] and scope != (region, ACCOUNT, resource.path):
        raise not_found_error(region, reference, resource)
    return make_package_key(match["name"], int(match["version"]) if match["version"] else None)

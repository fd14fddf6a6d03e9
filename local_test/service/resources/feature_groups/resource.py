"""The resource types of the feature store, and how a request refers to a feature group.

Source: API, pattern of `FeatureGroupNameOrArn`: a name, or an ARN that ends with it.
"""

import re
from typing import Any

from local_test.service.api.api_errors import ApiError, in_use
from local_test.service.api.resource_type import ACCOUNT, ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

_ARN = re.compile(
    r"arn:aws[a-z-]*:sagemaker:(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12}):feature-group/(?P<name>.*)"
)


def _describe_failure(record: dict[str, Any], reason: str, time: float) -> dict[str, Any]:
    """Return the changes of a group whose creation or deletion ended unexpectedly."""
    failed = "DeleteFailed" if record["FeatureGroupStatus"] == "Deleting" else "CreateFailed"
    return {"FeatureGroupStatus": failed, "FailureReason": reason, "LastModifiedTime": time}


def make_feature_key(group: str, feature: str) -> str:
    """Return the key of a feature's metadata; no name has a dot, so no two features share one."""
    return f"{group.lower()}.{feature}"


FEATURE_GROUP = ResourceType(
    "FeatureGroup",
    "feature-group",
    "FeatureGroupSummaries",
    "feature group",
    default_order="Ascending",
    shown=True,
    on_failure=_describe_failure,
    find_key=lambda record: str(record["FeatureGroupName"]).lower(),
)
FEATURE_METADATA = ResourceType(
    "FeatureMetadata",
    "feature-metadata",
    "FeatureMetadata",
    "feature",
    tagged=False,
    find_key=lambda record: make_feature_key(record["FeatureGroupName"], record["FeatureName"]),
)


def find_feature_group(backend: Backend, region: str, reference: str) -> Record:
    """Return the record of a group by its name or ARN. Raises ApiError when there is none."""
    match = _ARN.fullmatch(reference)
    name = reference if match is None else match["name"]
    if match is not None and (match["region"], match["account"]) != (region, ACCOUNT):
        raise _not_found(reference)
    try:
        return backend.records.get(FEATURE_GROUP, region, name.lower())
    except ApiError as error:
        raise _not_found(reference) from error


def require_free_name(backend: Backend, region: str, name: str) -> None:
    """Raise ApiError when a group has the name; the caller holds the lock of the records."""
    try:
        backend.records.get(FEATURE_GROUP, region, name.lower())
    except ApiError:
        return
    raise in_use(
        f"Resource Already Exists: there is a feature group with the name {name}."
        " Choose a different name."
    )


def _not_found(reference: str) -> ApiError:
    return ApiError(
        "ResourceNotFound",
        f"Resource Not Found: there is no feature group {reference}. Check the name.",
        404,
    )

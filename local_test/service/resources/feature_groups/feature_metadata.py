"""The metadata of features: DescribeFeatureMetadata and UpdateFeatureMetadata."""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.feature_groups.resource import (
    FEATURE_GROUP,
    FEATURE_METADATA,
    find_feature_group,
    make_feature_key,
)
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.storage.records import Record

_MAX_PARAMETERS = 25


def start_metadata(group: Record, definition: Mapping[str, Any]) -> Record:
    """Return the record of a feature of a group; its times are those of the group."""
    names = ("FeatureGroupArn", "FeatureGroupName", "CreationTime", "LastModifiedTime")
    name = definition["FeatureName"]
    return {
        **{field: group[field] for field in names},
        FEATURE_METADATA.arn_field: f"{group[FEATURE_GROUP.arn_field]}/feature/{name}",
        "FeatureName": name,
        "FeatureType": definition["FeatureType"],
        "Parameters": [],
    }


def _describe(backend: Backend, call: ApiCall) -> Output:
    return select_fields(_find_feature(backend, call), call.output_shape)


def _update(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = _find_feature(backend, call)
        changes: dict[str, Any] = {"LastModifiedTime": now()}
        if "Description" in call.request:
            changes["Description"] = call.request["Description"]
        changes["Parameters"] = _merge_parameters(record, call.request)
        key = FEATURE_METADATA.key_of(record)
        backend.records.update(FEATURE_METADATA, call.region, key, **changes)
    return {}


def _merge_parameters(record: Record, request: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the parameters of a feature after removals and additions; a key has one value."""
    removed = set(request.get("ParameterRemovals", ()))
    merged = {item["Key"]: item for item in record["Parameters"] if item["Key"] not in removed}
    for item in request.get("ParameterAdditions", ()):
        if not {"Key", "Value"} <= item.keys():
            raise invalid("A parameter of a feature needs Key and Value.")
        merged[item["Key"]] = item
    if len(merged) > _MAX_PARAMETERS:
        raise invalid(
            f"Too many parameters: {len(merged)} of feature {record['FeatureName']}. Remove some: a"
            f" feature has at most {_MAX_PARAMETERS}."
        )
    return list(merged.values())


def _find_feature(backend: Backend, call: ApiCall) -> Record:
    group = find_feature_group(backend, call.region, call.request["FeatureGroupName"])
    name = call.request["FeatureName"]
    try:
        key = make_feature_key(group["FeatureGroupName"], name)
        return backend.records.get(FEATURE_METADATA, call.region, key)
    except ApiError as error:
        raise ApiError(
            "ResourceNotFound",
            f"Resource Not Found: feature group {group['FeatureGroupName']} has no feature {name}."
            " Check the name.",
            404,
        ) from error


METADATA_OPERATIONS: Operations = {
    "DescribeFeatureMetadata": _describe,
    "UpdateFeatureMetadata": _update,
}

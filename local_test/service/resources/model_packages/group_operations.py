"""The operations of model package groups, with their resource policies."""

import json
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output, list_all
from local_test.service.resources.model_packages.resource import (
    PACKAGE_GROUP,
    find_group,
    list_versions,
    require_free,
)

_POLICY = "ResourcePolicy"


def start_group(region: str, request: dict[str, Any], time: float) -> dict[str, Any]:
    """Return the record of a new group; `LastVersion` is the last version number it gave."""
    record = start_record(PACKAGE_GROUP, region, request, time)
    status = {PACKAGE_GROUP.status_field: "Completed"}
    return record | status | {"CreatedBy": {}, "LastVersion": 0}


def _create(backend: Backend, call: ApiCall) -> Output:
    if "ManagedConfiguration" in call.request:
        raise invalid(
            "ManagedConfiguration is not done by the local service: models stay in your own "
            "buckets. Leave it out."
        )
    record = start_group(call.region, call.request, now())
    with backend.records.lock():
        require_free(backend, call.region, record, PACKAGE_GROUP)
        backend.records.add(PACKAGE_GROUP, call.region, PACKAGE_GROUP.key_of(record), record)
    return {PACKAGE_GROUP.arn_field: record[PACKAGE_GROUP.arn_field]}


def _describe(backend: Backend, call: ApiCall) -> Output:
    record = find_group(backend, call.region, call.request[PACKAGE_GROUP.name_field])
    return select_fields(record, call.output_shape)


def _list(backend: Backend, call: ApiCall) -> Output:
    """List the groups; no other account shares any, as there is only one."""
    if call.request.get("CrossAccountFilterOption") == "CrossAccount":
        return {PACKAGE_GROUP.list_field: []}
    return list_all(PACKAGE_GROUP)(backend, call)


def _delete(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = find_group(backend, call.region, call.request[PACKAGE_GROUP.name_field])
        count = len(list_versions(backend, call.region, record[PACKAGE_GROUP.name_field]))
        if count:
            raise ApiError(
                "ConflictException",
                f"Model package group not empty: {record[PACKAGE_GROUP.arn_field]} has {count} "
                "model packages. Delete them first.",
            )
        backend.records.remove(PACKAGE_GROUP, call.region, PACKAGE_GROUP.key_of(record))
    return {}


def _put_policy(backend: Backend, call: ApiCall) -> Output:
    """Keep a group's policy, which has no effect here, as there is only one account."""
    record = _find_group_of_policy(backend, call)
    _check_policy(call.request[_POLICY])
    key = PACKAGE_GROUP.key_of(record)
    backend.records.update(PACKAGE_GROUP, call.region, key, **{_POLICY: call.request[_POLICY]})
    return {PACKAGE_GROUP.arn_field: record[PACKAGE_GROUP.arn_field]}


def _get_policy(backend: Backend, call: ApiCall) -> Output:
    return {_POLICY: _find_policy(_find_group_of_policy(backend, call))}


def _delete_policy(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = _find_group_of_policy(backend, call)
        _find_policy(record)
        key = PACKAGE_GROUP.key_of(record)
        backend.records.update(PACKAGE_GROUP, call.region, key, **{_POLICY: None})
    return {}


def _find_group_of_policy(backend: Backend, call: ApiCall) -> dict[str, Any]:
    return find_group(backend, call.region, call.request[PACKAGE_GROUP.name_field])


def _find_policy(record: dict[str, Any]) -> str:
    if record.get(_POLICY) is None:
        raise invalid(f"Cannot find resource policy for: {record[PACKAGE_GROUP.arn_field]}.")
    return str(record[_POLICY])


def _check_policy(text: str) -> None:
    try:
        policy = json.loads(text)
    except ValueError as error:
        raise invalid(f"ResourcePolicy is not JSON: {error}. Send an IAM policy.") from error
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise invalid("ResourcePolicy has no Statement. Send an IAM policy.")


GROUP_OPERATIONS: Operations = {
    "CreateModelPackageGroup": _create,
    "DescribeModelPackageGroup": _describe,
    "ListModelPackageGroups": _list,
    "DeleteModelPackageGroup": _delete,
    "PutModelPackageGroupPolicy": _put_policy,
    "GetModelPackageGroupPolicy": _get_policy,
    "DeleteModelPackageGroupPolicy": _delete_policy,
}

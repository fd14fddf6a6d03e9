"""Lineage groups: the one of this account, which is shared with no other account."""

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.lineage.entity_list import answer_page, locate_by
from local_test.service.resources.lineage.resource import (
    DEFAULT_GROUP,
    LINEAGE_GROUP,
    make_group_arn,
    not_found_error,
)
from local_test.service.storage.records import Record


def _ensure_group(backend: Backend, region: str) -> Record:
    """Return the account's group; its time is that of its first use."""
    with backend.records.lock():
        if backend.records.find_arn(region, make_group_arn(region)) is None:
            time = now()
            record = {
                "LineageGroupName": DEFAULT_GROUP,
                "LineageGroupArn": make_group_arn(region),
                "DisplayName": DEFAULT_GROUP,
                "CreationTime": time,
                "LastModifiedTime": time,
            }
            backend.records.add(LINEAGE_GROUP, region, DEFAULT_GROUP, record)
        return backend.records.get(LINEAGE_GROUP, region, DEFAULT_GROUP)


def _find_group(backend: Backend, call: ApiCall) -> Record:
    name = str(call.request["LineageGroupName"])
    if name not in (DEFAULT_GROUP, make_group_arn(call.region)):
        raise not_found_error("Lineage group", name)
    return _ensure_group(backend, call.region)


def _list(backend: Backend, call: ApiCall) -> Output:
    field = "LineageGroupName" if call.request.get("SortBy") == "Name" else "CreationTime"
    groups = [_ensure_group(backend, call.region)]
    return answer_page(
        call, LINEAGE_GROUP.list_field, groups, locate_by(field, LINEAGE_GROUP.key_of)
    )


def _describe(backend: Backend, call: ApiCall) -> Output:
    return select_fields(_find_group(backend, call), call.output_shape)


def _get_policy(backend: Backend, call: ApiCall) -> Output:
    group = _find_group(backend, call)
    raise ApiError(
        "ResourceNotFound",
        f"Lineage group has no resource policy: {group['LineageGroupArn']}."
        " The local service has one account, so nothing is shared.",
    )


GROUP_OPERATIONS: Operations = {
    "ListLineageGroups": _list,
    "DescribeLineageGroup": _describe,
    "GetLineageGroupPolicy": _get_policy,
}

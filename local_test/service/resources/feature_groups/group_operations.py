"""Create, describe, list, update and delete feature groups."""

import uuid
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.feature_groups import group_work
from local_test.service.resources.feature_groups.feature_definitions import check_group
from local_test.service.resources.feature_groups.feature_metadata import start_metadata
from local_test.service.resources.feature_groups.group_update import update_group
from local_test.service.resources.feature_groups.resource import (
    FEATURE_GROUP,
    FEATURE_METADATA,
    find_feature_group,
    require_free_name,
)
from local_test.service.resources.feature_groups.store_configs import complete_stores
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.pagination import paginate

_BUSY = ("Creating", "Deleting")


def _create(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    check_group(request)
    record = start_record(FEATURE_GROUP, call.region, request, now())
    record.pop("OnlineStoreConfig", None)
    record |= complete_stores(call.region, request, record["CreationTime"])
    # Records are kept under the StoreId: none of a deleted group is seen in one of the same name.
    record |= {"FeatureGroupStatus": "Creating", "StoreId": uuid.uuid4().hex}
    with backend.records.lock():
        require_free_name(backend, call.region, request["FeatureGroupName"])
        backend.records.add(FEATURE_GROUP, call.region, FEATURE_GROUP.key_of(record), record)
        for item in request["FeatureDefinitions"]:
            feature = start_metadata(record, item)
            key = FEATURE_METADATA.key_of(feature)
            backend.records.add(FEATURE_METADATA, call.region, key, feature)
    group_work.start_creation(backend, call.region, record)
    return {FEATURE_GROUP.arn_field: record[FEATURE_GROUP.arn_field]}


def _describe(backend: Backend, call: ApiCall) -> Output:
    record = find_feature_group(backend, call.region, call.request["FeatureGroupName"])
    if "NextToken" in call.request:
        raise invalid("The NextToken is none that this service gave.")
    return select_fields(record, call.output_shape)


def _list(backend: Backend, call: ApiCall) -> Output:
    request = dict(call.request)
    offline = request.pop("OfflineStoreStatusEquals", None)
    if "FeatureGroupStatusEquals" in request:
        request["StatusEquals"] = request.pop("FeatureGroupStatusEquals")
    order = request.get("SortBy")
    if order == "FeatureGroupStatus":
        request["SortBy"] = "Status"
    if offline is None and order != "OfflineStoreStatus":
        chosen, token = paginate(backend.records, FEATURE_GROUP, call.region, request)
        return _make_list(call, chosen, token)
    return _list_by_offline_status(backend, call, request, offline)


def _list_by_offline_status(
    backend: Backend, call: ApiCall, request: dict[str, Any], offline: str | None
) -> Output:
    """List by what no column of the records has, so that all of a region are read.

    All offline stores here are Active, so that SortBy OfflineStoreStatus is the order of names.
    """
    if offline is not None and offline != "Active":
        return _make_list(call, [], None)
    request = {**request, "SortBy": "Name"} if "SortBy" in request else request
    chosen, token = paginate(backend.records, FEATURE_GROUP, call.region, request)
    if offline is not None:
        chosen = [item for item in chosen if "OfflineStoreStatus" in item]
    return _make_list(call, chosen, token)


def _make_list(call: ApiCall, chosen: list[dict[str, Any]], token: str | None) -> Output:
    summaries = [select_fields(record, call.entry_shape) for record in chosen]
    return {FEATURE_GROUP.list_field: summaries} | ({"NextToken": token} if token else {})


def _update(backend: Backend, call: ApiCall) -> Output:
    record = update_group(backend, call.region, call.request)
    return {FEATURE_GROUP.arn_field: record[FEATURE_GROUP.arn_field]}


def _delete(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = find_feature_group(backend, call.region, call.request["FeatureGroupName"])
        status = record["FeatureGroupStatus"]
        if status in _BUSY:
            raise ApiError(
                "ResourceInUse",
                f"Feature group in status {status}: {record['FeatureGroupName']}. Delete it when"
                " it is Created or CreateFailed.",
            )
        key = FEATURE_GROUP.key_of(record)
        record = backend.records.update(
            FEATURE_GROUP, call.region, key, FeatureGroupStatus="Deleting"
        )
    group_work.start_deletion(backend, call.region, record)
    return {}


GROUP_OPERATIONS: Operations = {
    "CreateFeatureGroup": _create,
    "DescribeFeatureGroup": _describe,
    "ListFeatureGroups": _list,
    "UpdateFeatureGroup": _update,
    "DeleteFeatureGroup": _delete,
}

"""Create, describe, list, update and delete feature groups."""

import uuid
from collections.abc import Sequence
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
from local_test.service.resources.pagination import paginate, split_page

_ALL = 1 << 30
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
    described = select_fields(record, call.output_shape)
    if "OnlineStoreConfig" in record:
        described["OnlineStoreTotalSizeBytes"] = backend.feature_records.count_bytes(
            record["StoreId"]
        )
    return described


def _list(backend: Backend, call: ApiCall) -> Output:
    request = dict(call.request)
    if "FeatureGroupStatusEquals" in request:
        request["StatusEquals"] = request.pop("FeatureGroupStatusEquals")
    if request.get("SortBy") == "FeatureGroupStatus":
        request["SortBy"] = "Status"
    if "OfflineStoreStatusEquals" in request or request.get("SortBy") == "OfflineStoreStatus":
        return _list_by_offline_status(backend, call, request)
    chosen, token = paginate(backend.records, FEATURE_GROUP, call.region, request)
    return _make_list(call, chosen, {"NextToken": token} if token else {})


def _list_by_offline_status(backend: Backend, call: ApiCall, request: dict[str, Any]) -> Output:
    """List by what no column of the records has, so that all of a region are read."""
    every = {**request, "MaxResults": _ALL}
    every.pop("NextToken", None)
    found, _ = paginate(backend.records, FEATURE_GROUP, call.region, every)
    asked = request.get("OfflineStoreStatusEquals")
    if asked is not None:
        found = [item for item in found if _find_offline_status(item) == asked]
    if request.get("SortBy") == "OfflineStoreStatus":
        descending = request.get("SortOrder") == "Descending"
        found.sort(key=_find_offline_status, reverse=descending)
    page, token = split_page(found, request)
    return _make_list(call, page, token)


def _find_offline_status(record: dict[str, Any]) -> str:
    return str(record.get("OfflineStoreStatus", {}).get("Status", ""))


def _make_list(call: ApiCall, chosen: Sequence[dict[str, Any]], token: dict[str, str]) -> Output:
    summaries = [select_fields(record, call.entry_shape) for record in chosen]
    return {FEATURE_GROUP.list_field: summaries} | token


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

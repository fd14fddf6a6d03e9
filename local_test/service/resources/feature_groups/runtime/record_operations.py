"""PutRecord, UpdateRecord, DeleteRecord, GetRecord and ListRecords."""

from collections.abc import Sequence
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.feature_store.event_time import format_moment
from local_test.service.feature_store.online_store import OnlineRecord
from local_test.service.feature_store.record_update import update_record
from local_test.service.feature_store.value_error import make_value_error
from local_test.service.resources.feature_groups.runtime.stored_group import (
    StoredGroup,
    open_group,
)
from local_test.service.resources.generic_operations import Operations, Output

_PAGE = 100


def put_record(backend: Backend, group: StoredGroup, entry: dict[str, Any]) -> None:
    """Store the record of a request, or of an entry of a batch. Raises ApiError if invalid."""
    record = group.schema.check(entry["Record"])
    backend.feature_records.put(
        group.schema.store, record, group.choose_stores(entry), group.choose_ttl(entry)
    )


def describe_record(
    group: StoredGroup, found: OnlineRecord, names: Sequence[str] | None, *, expiration: bool
) -> Output:
    """Return the items of a record with these names, all without names, and when it expires."""
    for name in names or ():
        group.schema.find(name)
    items = [item for item in found.items or () if not names or item["FeatureName"] in names]
    output: Output = {"Record": items} if items else {}
    if expiration and found.expires is not None:
        output["ExpiresAt"] = format_moment(found.expires)
    return output


def wants_expiration(call: ApiCall) -> bool:
    """Return True if a call asks for ExpiresAt."""
    return call.request.get("ExpirationTimeResponse") == "Enabled"


def _put(backend: Backend, call: ApiCall) -> Output:
    group = open_group(backend, call.region, call.request["FeatureGroupName"])
    put_record(backend, group, call.request)
    return {}


def _get(backend: Backend, call: ApiCall) -> Output:
    group = open_group(backend, call.region, call.request["FeatureGroupName"])
    group.require_online()
    key = group.schema.parse_identifier(call.request["RecordIdentifierValueAsString"])
    names = call.request.get("FeatureNames")
    for name in names or ():
        group.schema.find(name)
    found = backend.feature_records.find(group.schema.store, key)
    if found is None:
        return {}
    return describe_record(group, found, names, expiration=wants_expiration(call))


def _delete(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    group = open_group(backend, call.region, request["FeatureGroupName"])
    marker = group.schema.make_marker(
        request["RecordIdentifierValueAsString"], request["EventTime"]
    )
    hard = request.get("DeletionMode") == "HardDelete"
    stores = group.choose_stores(request)
    backend.feature_records.delete(group.schema.store, marker, stores, hard=hard)
    return {}


def _update(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    group = open_group(backend, call.region, request["FeatureGroupName"])
    if not group.updates:
        raise make_value_error(
            f"UpdateRecord needs the StorageType Standard_V2 or InMemory: {group.schema.name}",
            "Replace the record with PutRecord",
        )
    given = {item["FeatureName"] for item in request["Features"]}
    if "TtlDuration" in request and group.schema.event_time not in given:
        raise make_value_error("TtlDuration without an event time", "Give the event time too")
    ttl = group.choose_ttl(request) if "TtlDuration" in request else None
    update_record(
        backend.feature_records,
        group.schema,
        (request["RecordIdentifierValueAsString"], request["Features"]),
        group.choose_stores(request),
        ttl,
    )
    return {}


def _list(backend: Backend, call: ApiCall) -> Output:
    """List the identifiers in the order of text; a token is the last one of a page."""
    group = open_group(backend, call.region, call.request["FeatureGroupName"])
    group.require_online()
    limit = int(call.request.get("MaxResults", _PAGE))
    after = bytes.fromhex(_check_token(call.request.get("NextToken", ""))).decode()
    found = backend.feature_records.list_identifiers(
        group.schema.store,
        after,
        limit + 1,
        deleted=call.request.get("IncludeSoftDeletedRecords", False),
    )
    page = found[:limit]
    token = {"NextToken": page[-1].encode().hex()} if len(found) > limit else {}
    return {"RecordIdentifiers": page} | token


def _check_token(token: str) -> str:
    try:
        bytes.fromhex(token).decode()
    except ValueError as error:
        message = "Validation Error: the NextToken is none that this service gave."
        raise ApiError("ValidationError", message) from error
    return token


RECORD_OPERATIONS: Operations = {
    "PutRecord": _put,
    "UpdateRecord": _update,
    "DeleteRecord": _delete,
    "GetRecord": _get,
    "ListRecords": _list,
}

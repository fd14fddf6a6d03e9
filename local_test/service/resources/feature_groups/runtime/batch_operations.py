"""BatchGetRecord and BatchWriteRecord: an error concerns its identifier or its entry alone.

A group is read once for all of its identifiers or entries.
"""

from collections.abc import Callable, Sequence
from functools import cache

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.feature_groups.runtime.record_operations import (
    describe_record,
    put_record,
    wants_expiration,
)
from local_test.service.resources.feature_groups.runtime.stored_group import (
    StoredGroup,
    open_group,
)
from local_test.service.resources.generic_operations import Operations, Output

_MAX_MESSAGE = 2048


def _get(backend: Backend, call: ApiCall) -> Output:
    records, errors = list[Output](), list[Output]()
    open_once = _make_opener(backend, call)
    for asked in call.request["Identifiers"]:
        for text in asked["RecordIdentifiersValueAsString"]:
            about = {
                "FeatureGroupName": asked["FeatureGroupName"],
                "RecordIdentifierValueAsString": text,
            }
            try:
                group = open_once(asked["FeatureGroupName"])
                found = _find(backend, call, group, (asked.get("FeatureNames"), text))
            except ApiError as error:
                errors.append({**about, **_describe_error(error)})
            else:
                records += [{**about, **found}] if "Record" in found else []
    # Everything is processed: there is no throughput to exceed.
    return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": []}


def _make_opener(backend: Backend, call: ApiCall) -> Callable[[str], StoredGroup]:
    """Return `open_group` for one call, which reads a group once; errors are raised each time."""
    return cache(lambda name: open_group(backend, call.region, name))


def _find(
    backend: Backend, call: ApiCall, group: StoredGroup, asked: tuple[Sequence[str] | None, str]
) -> Output:
    names, text = asked
    group.require_online()
    for name in names or ():
        group.schema.find(name)
    key = group.schema.parse_identifier(text)
    found = backend.feature_records.find(group.schema.store, key)
    if found is None:
        return {}
    return describe_record(group, found, names, expiration=wants_expiration(call))


def _write(backend: Backend, call: ApiCall) -> Output:
    common = {"TtlDuration": call.request["TtlDuration"]} if "TtlDuration" in call.request else {}
    errors = list[Output]()
    open_once = _make_opener(backend, call)
    for entry in call.request["Entries"]:
        try:
            put_record(backend, open_once(entry["FeatureGroupName"]), common | entry)
        except ApiError as error:
            errors.append({"Entry": entry, **_describe_error(error)})
    return {"Errors": errors, "UnprocessedEntries": []}


def _describe_error(error: ApiError) -> Output:
    return {"ErrorCode": error.code, "ErrorMessage": error.message[:_MAX_MESSAGE]}


BATCH_OPERATIONS: Operations = {"BatchGetRecord": _get, "BatchWriteRecord": _write}

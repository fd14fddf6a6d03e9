"""ListModelPackages: filters that other lists do not have, and versions in order."""

from typing import Any

from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.model_packages.resource import (
    MODEL_PACKAGE,
    PACKAGE_GROUP,
    find_group,
    name_package,
)
from local_test.service.resources.pagination import (
    PAGE_SIZE,
    make_token,
    make_token_error,
    parse_token,
    read_interval,
)
from local_test.service.storage.record_query import Position
from local_test.service.storage.records import Record

_VERSION_DIGITS = 9


def list_packages(backend: Backend, call: ApiCall) -> Output:
    """List a page of packages; versions of equal age are sorted by their numbers."""
    request = call.request
    descending = request.get("SortOrder", MODEL_PACKAGE.default_order) == "Descending"
    by_name = request.get("SortBy") == "Name"
    after = parse_token(request.get("NextToken"))
    if after is not None and isinstance(after[0], str) != by_name:
        raise make_token_error()
    found = [
        (_locate(record, by_name=by_name), record)
        for record in _list_matching(backend, call.region, request)
    ]
    found.sort(key=lambda entry: entry[0], reverse=descending)
    if after is not None:
        found = [item for item in found if (item[0] < after if descending else item[0] > after)]
    page = found[: int(request.get("MaxResults", PAGE_SIZE))]
    summaries = [select_fields(record, call.entry_shape) for _, record in page]
    more = {"NextToken": make_token(page[-1][0])} if len(page) < len(found) else {}
    return {MODEL_PACKAGE.list_field: summaries} | more


def _list_matching(backend: Backend, region: str, request: dict[str, Any]) -> list[Record]:
    records = [record for _, record in backend.records.list_all(MODEL_PACKAGE, region)]
    kind = request.get("ModelPackageType", "Unversioned")
    if PACKAGE_GROUP.name_field in request:
        group = find_group(backend, region, request[PACKAGE_GROUP.name_field])
        name = group[PACKAGE_GROUP.name_field]
        records = [item for item in records if item.get(PACKAGE_GROUP.name_field) == name]
    elif kind != "Both":
        versioned = kind == "Versioned"
        records = [item for item in records if ("ModelPackageVersion" in item) == versioned]
    if status := request.get("ModelApprovalStatus"):
        records = [item for item in records if item.get("ModelApprovalStatus") == status]
    part = request.get("NameContains", "").lower()
    earliest, latest = read_interval(request, "CreationTime")
    return [
        item
        for item in records
        if part in name_package(item).lower()
        if earliest is None or item["CreationTime"] > earliest
        if latest is None or item["CreationTime"] < latest
    ]


def _locate(record: Record, *, by_name: bool) -> Position:
    """Return the place of a package in a list: age or name, then name and version."""
    name, version = name_package(record).lower(), record.get("ModelPackageVersion", 0)
    return name if by_name else record["CreationTime"], f"{name}.{version:0{_VERSION_DIGITS}}"

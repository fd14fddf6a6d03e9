"""Pages of List operations: filter, sort and split.

Source: the API's shapes; ten entries a page, sorted by age in the resource type's default order.
"""

import base64
import json
from dataclasses import replace
from typing import Any

from botocore.utils import parse_timestamp  # type: ignore[import-untyped]

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.record_query import Interval, Order, Position, RecordQuery
from local_test.service.storage.records import Record, Records

_PAGE = 10
_ORDERS: dict[str, Order] = {
    "Name": "name",
    "PipelineExecutionArn": "name",
    "Status": "status",
    "LastModifiedTime": "modified",
}
_NOWHERE = ("WarmPoolStatusEquals", "TrainingPlanArnEquals", "ManagedBy", "PipelineVersionAlias")
"""Filters for what no record here has: warm pools, training plans, managers, aliases."""


def paginate(
    records: Records,
    resource: ResourceType,
    region: str,
    request: dict[str, Any],
    **conditions: Any,
) -> tuple[list[Record], str | None]:
    """Return one page of records and the token of the next page, None on the last.

    `conditions` are further fields of the query. Records that are added or removed meanwhile shift
    no page: a token says behind which record the next page begins.
    """
    if any(field in request for field in _NOWHERE):
        return [], None
    query = replace(_read_query(resource, request), **conditions)
    page, end = records.find_page(resource, region, query)
    return page, None if end is None else _make_token(end)


def _read_query(resource: ResourceType, request: dict[str, Any]) -> RecordQuery:
    return RecordQuery(
        name_contains=request.get("NameContains", ""),
        status=request.get("StatusEquals"),
        created=_read_interval(request, "CreationTime", "Created"),
        modified=_read_interval(request, "LastModifiedTime", "Modified"),
        order=_ORDERS.get(request.get("SortBy", ""), "created"),
        descending=request.get("SortOrder", resource.default_order) == "Descending",
        after=_parse_token(request.get("NextToken")),
        limit=int(request.get("MaxResults", _PAGE)),
    )


def _read_interval(request: dict[str, Any], *fields: str) -> Interval:
    """Return the bounds of a time; operations differ in what they call them."""
    bounds = {
        end: parse_timestamp(request[f"{field}{end}"]).timestamp()
        for field in fields
        for end in ("After", "Before")
        if f"{field}{end}" in request
    }
    return bounds.get("After"), bounds.get("Before")


def _make_token(end: Position) -> str:
    return base64.urlsafe_b64encode(json.dumps(end).encode()).decode()


def _parse_token(token: str | None) -> Position | None:
    if token is None:
        return None
    try:
        value, name = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise _make_token_error() from error
    if not isinstance(value, str | float) or not isinstance(name, str):
        raise _make_token_error()
    return value, name


def _make_token_error() -> Exception:
    return invalid("The NextToken is none that this service gave.")

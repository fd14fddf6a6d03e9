"""Pages of List operations: filter, sort and split.

Source: the API's shapes; ten entries a page, sorted by age in the resource type's default order.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from botocore.utils import parse_timestamp  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.record_query import Interval, Order, Position, RecordQuery
from local_test.service.storage.records import Record, Records

PAGE_SIZE = 10
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
    return page, None if end is None else make_token(end)


def split_page(
    entries: Sequence[Any], request: dict[str, Any], size: int = PAGE_SIZE
) -> tuple[Sequence[Any], dict[str, str]]:
    """Return one page of a list that only grows at its end, and the response's NextToken, if any.

    `size` is the length of a page where the request does not say. Raises ApiError when no page has
    the request's token.
    """
    text = request.get("NextToken", "0")
    if not (text.isascii() and text.isdigit()) or int(text) > len(entries):
        raise make_token_error()
    start = int(text)
    end = start + int(request.get("MaxResults", size))
    return entries[start:end], {"NextToken": str(end)} if end < len(entries) else {}


def _read_query(resource: ResourceType, request: dict[str, Any]) -> RecordQuery:
    return RecordQuery(
        name_contains=request.get("NameContains", ""),
        status=request.get("StatusEquals"),
        created=read_interval(request, "CreationTime", "Created"),
        modified=read_interval(request, "LastModifiedTime", "Modified"),
        order=_ORDERS.get(request.get("SortBy", ""), "created"),
        descending=request.get("SortOrder", resource.default_order) == "Descending",
        after=parse_token(request.get("NextToken")),
        limit=int(request.get("MaxResults", PAGE_SIZE)),
    )


def read_interval(request: dict[str, Any], *fields: str) -> Interval:
    """Return the bounds of a time; operations differ in what they call them."""
    bounds = {
        end: parse_timestamp(request[f"{field}{end}"]).timestamp()
        for field in fields
        for end in ("After", "Before")
        if f"{field}{end}" in request
    }
    return bounds.get("After"), bounds.get("Before")


def make_token(end: Position) -> str:
    """Return the token of the page behind a position."""
    return base64.urlsafe_b64encode(json.dumps(end).encode()).decode()


def parse_token(token: str | None) -> Position | None:
    """Return the position in a token. Raises ApiError when the service gave no such token."""
    if token is None:
        return None
    try:
        value, name = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise make_token_error() from error
    if not isinstance(value, str | float) or not isinstance(name, str):
        raise make_token_error()
    return value, name


def make_token_error() -> ApiError:
    """Return the error for a token that no list gave."""
    return invalid("The NextToken is none that this service gave.")

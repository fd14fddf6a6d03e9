"""Pages of List operations: filter, sort and split.

Source: the API's shapes; ten entries a page, sorted by age in the resource type's default order.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import ResourceType
from local_test.service.storage.records import Record

_PAGE = 10


def paginate(
    records: Sequence[Record], resource: ResourceType, request: dict[str, Any]
) -> tuple[list[Record], str | None]:
    """Return one page of records and the token of the next page, None on the last."""
    matching = [record for record in records if _matches(record, resource, request)]
    descending = request.get("SortOrder", resource.default_order) == "Descending"
    matching.sort(key=_make_sort_key(resource, request), reverse=descending)
    start = _parse_token(request.get("NextToken"))
    end = start + int(request.get("MaxResults", _PAGE))
    token = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(matching) else None
    return matching[start:end], token


def _matches(record: Record, resource: ResourceType, request: dict[str, Any]) -> bool:
    created, changed = (
        record["CreationTime"],
        record.get("LastModifiedTime", record["CreationTime"]),
    )
    tests = (
        ("NameContains", lambda text: text.lower() in record[resource.name_field].lower()),
        ("StatusEquals", lambda status: record.get(resource.status_field) == status),
        ("CreationTimeAfter", lambda time: created > time),
        ("CreationTimeBefore", lambda time: created < time),
        ("LastModifiedTimeAfter", lambda time: changed > time),
        ("LastModifiedTimeBefore", lambda time: changed < time),
        ("WarmPoolStatusEquals", lambda status: record.get("WarmPoolStatus") == status),
        ("TrainingPlanArnEquals", lambda plan: record.get("TrainingPlanArn") == plan),
    )
    return all(test(request[key]) for key, test in tests if key in request)


def _make_sort_key(
    resource: ResourceType, request: dict[str, Any]
) -> Callable[[Record], tuple[Any, Any]]:
    field = {"Name": resource.name_field, "Status": resource.status_field}.get(
        request.get("SortBy", "CreationTime"), "CreationTime"
    )
    return lambda record: (record.get(field), record[resource.name_field])


def _parse_token(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise invalid("The NextToken is none that this service gave.") from error

"""Lists as every List operation gives them: filtered, sorted, a page at a time.

Source: the API's shapes; ten a page, by age in the order the kind has.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import Resource
from local_test.service.storage.records import Record

_PAGE = 10


def page(
    records: Sequence[Record], resource: Resource, request: dict[str, Any]
) -> tuple[list[Record], str | None]:
    """Return one page of records and the token of the next one, None on the last."""
    chosen = [record for record in records if _fits(record, resource, request)]
    descending = request.get("SortOrder", resource.order) == "Descending"
    chosen.sort(key=_order(resource, request), reverse=descending)
    start = _start(request.get("NextToken"))
    end = start + int(request.get("MaxResults", _PAGE))
    token = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(chosen) else None
    return chosen[start:end], token


def _fits(record: Record, resource: Resource, request: dict[str, Any]) -> bool:
    made, changed = record["CreationTime"], record.get("LastModifiedTime", record["CreationTime"])
    tests = (
        ("NameContains", lambda text: text.lower() in record[resource.name].lower()),
        ("StatusEquals", lambda status: record.get(resource.status) == status),
        ("CreationTimeAfter", lambda time: made > time),
        ("CreationTimeBefore", lambda time: made < time),
        ("LastModifiedTimeAfter", lambda time: changed > time),
        ("LastModifiedTimeBefore", lambda time: changed < time),
        ("WarmPoolStatusEquals", lambda status: record.get("WarmPoolStatus") == status),
        ("TrainingPlanArnEquals", lambda plan: record.get("TrainingPlanArn") == plan),
    )
    return all(test(request[key]) for key, test in tests if key in request)


def _order(resource: Resource, request: dict[str, Any]) -> Callable[[Record], tuple[Any, Any]]:
    field = {"Name": resource.name, "Status": resource.status}.get(
        request.get("SortBy", "CreationTime"), "CreationTime"
    )
    return lambda record: (record.get(field), record[resource.name])


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise invalid("The NextToken is none that this service gave.") from error

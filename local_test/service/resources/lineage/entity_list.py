"""Pages of lineage's List operations, which filter and sort by more than other lists do."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import select_fields
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.pagination import (
    PAGE_SIZE,
    make_token,
    make_token_error,
    parse_token,
    read_interval,
)
from local_test.service.storage.record_query import Position
from local_test.service.storage.records import Record

Locate = Callable[[Record], Position]
"""Returns what a record is sorted by, and its key, which no other record has."""


def answer_page(call: ApiCall, field: str, records: Iterable[Record], locate: Locate) -> Output:
    """Return the page of records that a request asks for; `field` is the response's list."""
    request = call.request
    after = parse_token(request.get("NextToken"))
    descending = request.get("SortOrder", "Descending") == "Descending"
    found = sorted(
        ((locate(record), record) for record in records if _is_created_in_time(record, request)),
        key=lambda entry: entry[0],
        reverse=descending,
    )
    if after is not None:
        if any(isinstance(place[0], str) != isinstance(after[0], str) for place, _ in found[:1]):
            raise make_token_error()
        found = [item for item in found if (item[0] < after if descending else item[0] > after)]
    page = found[: int(request.get("MaxResults", PAGE_SIZE))]
    more = {"NextToken": make_token(page[-1][0])} if len(page) < len(found) else {}
    return {field: [select_fields(record, call.entry_shape) for _, record in page], **more}


def locate_by(field: str, key: Callable[[dict[str, Any]], str]) -> Locate:
    """Return the place of records that are sorted by a field, and by their keys where it is equal.

    A field that a record does not have counts as an empty text.
    """
    return lambda record: (record.get(field, ""), key(record))


def _is_created_in_time(record: Record, request: Mapping[str, Any]) -> bool:
    earliest, latest = read_interval(dict(request), "Created")
    created = float(record["CreationTime"])
    return (earliest is None or created > earliest) and (latest is None or created < latest)

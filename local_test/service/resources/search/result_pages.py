"""The order of search results, and their pages.

Source: API, Search: sorted by LastModifiedTime, Descending, if the request does not say otherwise.
Resources without the property come last. A token has the place where a page ends, so that resources
that come or go shift no page.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.api_errors import invalid
from local_test.service.resources.search.conditions import parse_number
from local_test.service.resources.search.entities import Entity
from local_test.service.resources.search.properties import Property, find_property

_PAGE = 10
_NUMBERS = {"hyperparameter", "parameter"}

Place = tuple[bool, bool, Any, str]
"""Is the property missing, is it a text, its value, and the resource's ARN."""


def paginate(
    entities: Sequence[Entity], shape: Shape, request: dict[str, Any]
) -> tuple[list[Entity], str | None]:
    """Return one page of the entities and the token of the next page, None on the last.

    Raises ApiError when the property to sort by is unknown, or the token is.
    """
    descending = request.get("SortOrder", "Descending") == "Descending"
    found = find_property(shape, request["SortBy"]) if "SortBy" in request else None
    placed = [(_find_place(entity, found), entity) for entity in entities]
    placed.sort(key=lambda pair: pair[0], reverse=descending)
    placed.sort(key=lambda pair: pair[0][0])  # missing ones last
    if "NextToken" in request:
        mark = _parse_token(request["NextToken"])
        placed = [pair for pair in placed if _is_behind(pair[0], mark, descending=descending)]
    limit = int(request.get("MaxResults", _PAGE))
    page = [entity for _, entity in placed[:limit]]
    return page, _make_token(placed[limit - 1][0]) if len(placed) > limit else None


def _find_place(entity: Entity, found: Property | None) -> Place:
    values = [entity.modified] if found is None else found.read(entity.fields)
    if not values:
        return True, False, 0.0, entity.arn
    value = values[0]
    number = parse_number(value) if found and found.type in _NUMBERS else value
    if isinstance(number, bool | int | float):
        return False, False, float(number), entity.arn
    return False, True, json.dumps(value) if isinstance(value, dict) else str(value), entity.arn


def _is_behind(place: Place, mark: Place, *, descending: bool) -> bool:
    if place[0] != mark[0]:
        return place[0]
    return place < mark if descending else place > mark


def _make_token(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _parse_token(token: str) -> Place:
    try:
        missing, is_text, value, arn = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise _make_token_error() from error
    if not isinstance(value, str if is_text else float) or not isinstance(arn, str):
        raise _make_token_error()
    return bool(missing), bool(is_text), value, arn


def _make_token_error() -> Exception:
    return invalid("The NextToken is none that this service gave.")

"""A search expression: filters, nested filters and subexpressions, joined by And or Or.

Source: API, SearchExpression and NestedFilters.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.api_errors import invalid
from local_test.service.resources.search.conditions import Condition, make_condition
from local_test.service.resources.search.properties import find_list, find_property

_MAX_ELEMENTS = 50
_PARTS = ("Filters", "NestedFilters", "SubExpressions")

Expression = Mapping[str, Any]


def make_expression(shape: Shape, expression: Expression) -> Condition:
    """Return the condition of an expression for resources of a shape.

    Raises ApiError when it is empty, too large, or names what the shape does not have.
    """
    elements = list(_list_elements(expression))
    if len(elements) > _MAX_ELEMENTS:
        raise invalid(
            f"Too many elements: {len(elements)} filters, nested filters and subexpressions in the"
            f" SearchExpression. Use at most {_MAX_ELEMENTS}."
        )
    if sum(element.get("Operator") == "Contains" for element in elements) > 1:
        raise invalid("'CONTAINS' operator usage limit of 1 exceeded.")
    return _join(shape, expression)


def _list_elements(expression: Expression) -> Iterator[Mapping[str, Any]]:
    for part in _PARTS:
        for element in expression.get(part, ()):
            yield element
            yield from _list_elements(element)


def _join(shape: Shape, expression: Expression) -> Condition:
    conditions = [
        *(_make_filter(shape, filter_) for filter_ in expression.get("Filters", ())),
        *(_make_nested(shape, nested) for nested in expression.get("NestedFilters", ())),
        *(_join(shape, below) for below in expression.get("SubExpressions", ())),
    ]
    if not conditions:
        raise invalid("Empty SearchExpression. Give a filter, nested filter or subexpression.")
    join = any if expression.get("Operator") == "Or" else all
    return lambda resource: join(condition(resource) for condition in conditions)


def _make_filter(shape: Shape, filter_: Mapping[str, str]) -> Condition:
    return make_condition(find_property(shape, filter_["Name"]), filter_)


def _make_nested(shape: Shape, nested: Expression) -> Condition:
    """Return the condition that one entry of a list satisfies all filters."""
    found, entry_shape = find_list(shape, nested["NestedPropertyName"])
    conditions = [
        _make_filter(entry_shape, _strip_prefix(filter_, found.name))
        for filter_ in nested["Filters"]
    ]
    return lambda resource: any(
        all(condition(entry) for condition in conditions) for entry in found.read(resource)
    )


def _strip_prefix(filter_: Mapping[str, str], name: str) -> Mapping[str, str]:
    """Return a filter with the path within an entry of the list; the API has the whole path."""
    prefix = f"{name}."
    if not filter_["Name"].startswith(prefix):
        raise invalid(
            f"Filter outside of its list: {filter_['Name']} in the NestedFilters of {name}."
            f" Begin its name with {prefix}"
        )
    return {**filter_, "Name": filter_["Name"].removeprefix(prefix)}

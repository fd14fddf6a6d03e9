"""One filter of a search: a property, an operator and a value.

Source: API, Filter: order is not supported for texts, Contains and In for nothing else; times are
ISO 8601, in UTC if they do not say otherwise. A hyperparameter is compared as a number if it and
the value are numbers, as an integer if the value is one; a parameter of a trial component as a
number if both are. A property with several values satisfies a
condition if one of them does; NotEquals is the opposite of Equals.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.search.named_entries import PropertyType
from local_test.service.resources.search.properties import Property

Condition = Callable[[Any], bool]
"""Returns True if a resource satisfies it."""

_Comparison = Callable[[Any, Any], bool]
_ORDER: Mapping[str, _Comparison] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_EXISTENCE = ("Exists", "NotExists")
_EQUALITY = ("Equals", "NotEquals")
_SUPPORTED: Mapping[PropertyType, tuple[str, ...]] = {
    "text": (*_EQUALITY, "Contains", "In"),
    "number": (*_EQUALITY, *_ORDER),
    "time": (*_EQUALITY, *_ORDER),
    "boolean": _EQUALITY,
    "hyperparameter": (*_EQUALITY, *_ORDER, "Contains", "In"),
    "parameter": (*_EQUALITY, *_ORDER, "Contains", "In"),
    "object": (),
}
_INTEGER = re.compile(r"[+-]?[0-9]+")


def _are_equal(left: Any, right: Any) -> bool:
    return bool(left == right)


def make_condition(found: Property, filter_: Mapping[str, str]) -> Condition:
    """Return the condition of a filter on a property. Raises ApiError when it is not supported."""
    name = filter_.get("Operator", "Equals")
    if name not in (*_EXISTENCE, *_SUPPORTED[found.type]):
        supported = ", ".join((*_SUPPORTED[found.type], *_EXISTENCE))
        raise invalid(
            f"Operator {name} is not supported for the property {found.name} ({found.type})."
            f" Use one of {supported}."
        )
    if (name in _EXISTENCE) == ("Value" in filter_):
        what = "takes no Value" if name in _EXISTENCE else "needs a Value"
        raise invalid(f"Operator {name} {what}: property {found.name}.")
    if name in _EXISTENCE:
        return lambda resource: bool(found.read(resource)) == (name == "Exists")
    matches = _make_match(found, name, filter_["Value"])

    def condition(resource: Any) -> bool:
        return any(matches(value) for value in found.read(resource)) != (name == "NotEquals")

    return condition


def _make_match(found: Property, name: str, text: str) -> Callable[[Any], bool]:
    """Return whether one value of a property is equal to a text, or in another relation to it."""
    if name == "Contains":
        return lambda value: text in str(value)
    if name == "In":
        choices = {choice.strip() for choice in text.split(",")}
        return lambda value: str(value) in choices
    compare: _Comparison = _ORDER.get(name, _are_equal)
    if found.type in {"hyperparameter", "parameter"}:
        return _compare_hyperparameter(found, compare, text)
    expected = _parse_value(found, text)
    if found.type == "text":
        return lambda value: compare(str(value), expected)
    return lambda value: compare(value, expected)


def _parse_value(found: Property, text: str) -> Any:
    match found.type:
        case "number":
            number = parse_number(text)
            if number is None:
                raise _make_value_error(found, text, "an integer or a decimal")
            return number
        case "time":
            return _parse_time(found, text)
        case "boolean":
            if text.lower() not in {"true", "false"}:
                raise _make_value_error(found, text, "true or false")
            return text.lower() == "true"
    return text


def parse_number(text: object) -> float | None:
    """Return the finite number that a text is, None if it is none."""
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _parse_time(found: Property, text: str) -> float:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise _make_value_error(found, text, "a time like 2026-11-29T12:00:00") from error
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _make_value_error(found: Property, text: str, wanted: str) -> Exception:
    return invalid(f"Value {text!r} does not fit the property {found.name}. Give {wanted}.")


def _compare_hyperparameter(
    found: Property, compare: _Comparison, text: str
) -> Callable[[Any], bool]:
    number = parse_number(text)
    if number is None:
        if compare is not _are_equal:
            raise _make_value_error(found, text, "an integer or a decimal")
        return lambda value: str(value) == text
    whole = found.type == "hyperparameter" and _INTEGER.fullmatch(text) is not None

    def matches(value: Any) -> bool:
        mine = parse_number(value)
        if mine is None:
            return False
        return compare(math.trunc(mine) if whole else mine, number)

    return matches

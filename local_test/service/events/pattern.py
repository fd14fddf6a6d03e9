"""Event patterns: which events a rule matches.

Source: EventBridge User Guide, 'Creating event patterns' and 'Comparison operators'.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.events.pattern_operators import ARGUMENTS, OPERATORS, matches_value

_OR = "$or"
_ABSENT = object()


def parse_pattern(text: str) -> dict[str, Any]:
    """Parse and check an event pattern.

    Raises ApiError when it is no JSON object, or has a value that no pattern can have.
    """
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise _refuse(f"not JSON: {error}") from error
    if not isinstance(pattern, dict) or not pattern:
        raise _refuse("not a JSON object with fields")
    _check(pattern, "")
    return pattern


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Return True if an event, as a message, matches a parsed pattern."""
    return all(
        any(matches(choice, event) for choice in rule)
        if name == _OR
        else _matches_field(rule, _find_values(event, name))
        for name, rule in pattern.items()
    )


def _matches_field(rule: Any, values: Sequence[Any]) -> bool:
    if isinstance(rule, dict):
        inner = [value for value in values if isinstance(value, dict)]
        return any(matches(rule, value) for value in inner or [{}])
    leaves = [value for value in values if not isinstance(value, dict)]
    return any(_matches_any(condition, leaves) for condition in rule)


def _find_values(event: Mapping[str, Any], name: str) -> list[Any]:
    """Return the value of a field, or of a list its elements; none if it is absent or empty."""
    value = event.get(name, _ABSENT)
    if value is _ABSENT:
        return []
    return list(_flatten(value)) if isinstance(value, list) else [value]


def _flatten(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flatten(value)
        else:
            yield value


def _matches_any(condition: Any, values: Sequence[Any]) -> bool:
    if isinstance(condition, dict) and "exists" in condition:
        return bool(values) is condition["exists"]
    return any(matches_value(condition, value) for value in values)


def _check(pattern: Mapping[str, Any], path: str) -> None:
    for name, rule in pattern.items():
        place = f"{path}.{name}".removeprefix(".")
        if name == _OR:
            if not isinstance(rule, list) or not all(isinstance(one, dict) for one in rule):
                raise _refuse(f"{place} is not an array of objects")
            for choice in rule:
                _check(choice, path)
        elif isinstance(rule, dict) and rule:
            _check(rule, place)
        elif isinstance(rule, list) and rule:
            for condition in rule:
                _check_condition(condition, place)
        else:
            raise _refuse(f"{place} must be an object or an array, and not empty")


def _check_condition(condition: Any, place: str) -> None:
    if isinstance(condition, list):
        raise _refuse(f"{place} has an array in an array")
    if not isinstance(condition, dict):
        return
    if len(condition) != 1:
        raise _refuse(f"{place} has a condition with {len(condition)} operators; one is possible")
    [(name, argument)] = condition.items()
    if name not in OPERATORS and name != "exists":
        raise _refuse(f"unrecognized operator {name} of {place}")
    if not ARGUMENTS[name](argument):
        raise _refuse(f"the operator {name} of {place} cannot have the argument {argument!r}")


def _refuse(reason: str) -> ApiError:
    return ApiError(
        "InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}."
    )

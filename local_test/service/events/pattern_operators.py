"""The operators of event patterns, and the arguments that each can have.

Source: EventBridge User Guide, 'Comparison operators for use in event patterns'. To add an
operator, write it and put it in `OPERATORS` and in `ARGUMENTS`.
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def matches_value(condition: Any, value: Any) -> bool:
    """Return True if a value of an event equals a condition, or its operator holds for it."""
    if isinstance(condition, dict):
        [(name, argument)] = condition.items()
        return OPERATORS[name](argument, value)
    return type(condition) is type(value) and bool(condition == value)


def _match_anything_but(argument: Any, value: Any) -> bool:
    """Exclude each entry of a list, also inside of an operator (`{"prefix": ["a", "b"]}`)."""
    if isinstance(argument, dict):
        [(name, inner)] = argument.items()
        excluded: list[Any] = [{name: entry} for entry in _as_list(inner)]
    else:
        excluded = _as_list(argument)
    return not any(matches_value(condition, value) for condition in excluded)


def _match_prefix(argument: Any, value: Any) -> bool:
    if isinstance(argument, dict):
        argument, value = _fold(argument["equals-ignore-case"]), _fold(value)
    return isinstance(value, str) and value.startswith(argument)


def _match_suffix(argument: Any, value: Any) -> bool:
    if isinstance(argument, dict):
        argument, value = _fold(argument["equals-ignore-case"]), _fold(value)
    return isinstance(value, str) and value.endswith(argument)


def _match_wildcard(argument: str, value: Any) -> bool:
    parts = re.split(r"(\\[*\\]|\*)", argument)
    text = "".join(".*" if part == "*" else re.escape(_unescape(part)) for part in parts)
    return isinstance(value, str) and re.fullmatch(text, value, re.DOTALL) is not None


def _match_numeric(argument: Sequence[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(argument[::2], argument[1::2], strict=True)
    return all(_COMPARISONS[name](value, bound) for name, bound in pairs)


def _match_cidr(argument: str, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(argument, strict=False)
    except ValueError:
        return False


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _unescape(part: str) -> str:
    return part[1:] if part in {"\\*", "\\\\"} else part


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "anything-but": _match_anything_but,
    "prefix": _match_prefix,
    "suffix": _match_suffix,
    "equals-ignore-case": lambda argument, value: _fold(argument) == _fold(value),
    "wildcard": _match_wildcard,
    "numeric": _match_numeric,
    "cidr": _match_cidr,
}


def _is_text(argument: Any) -> bool:
    return isinstance(argument, str)


def _is_text_or_caseless(argument: Any) -> bool:
    caseless = isinstance(argument, dict) and list(argument) == ["equals-ignore-case"]
    return _is_text(argument["equals-ignore-case"] if caseless else argument)


def _is_numeric(argument: Any) -> bool:
    return (
        isinstance(argument, list)
        and len(argument) in {2, 4}
        and all(name in _COMPARISONS for name in argument[::2] if _is_text(name))
        and all(_is_text(name) for name in argument[::2])
        and all(isinstance(bound, int | float) for bound in argument[1::2])
    )


def _is_exclusion(argument: Any) -> bool:
    if isinstance(argument, dict):
        [name, *more] = argument or [""]
        inner = _as_list(argument.get(name))
        texts = {"prefix", "suffix", "equals-ignore-case", "wildcard"}
        return name in texts and not more and bool(inner) and all(map(_is_text, inner))
    return argument != [] and all(isinstance(one, str | int | float) for one in _as_list(argument))


def _is_network(argument: Any) -> bool:
    try:
        ipaddress.ip_network(argument, strict=False)
    except ValueError:
        return False
    return _is_text(argument)


ARGUMENTS: Mapping[str, Callable[[Any], bool]] = {
    "exists": lambda argument: isinstance(argument, bool),
    "anything-but": _is_exclusion,
    "prefix": _is_text_or_caseless,
    "suffix": _is_text_or_caseless,
    "equals-ignore-case": _is_text,
    "wildcard": _is_text,
    "numeric": _is_numeric,
    "cidr": _is_network,
}

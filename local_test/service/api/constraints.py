"""Check lengths, ranges, patterns and enumerations, which botocore's clients do not check.

The messages have the service's form, because clients show and compare them.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

_CATEGORY = re.compile(r"\\p\{([LMNPSZ])\}")
_ASCII = {
    "L": "A-Za-z",
    "M": "",
    "N": "0-9",
    "P": r"!-#%-*,-/:;?@\[-\]_{}",
    "S": "$+<-=>^`|~",
    "Z": " ",
}
"""The ASCII characters of each category, for a class of an expression."""

_PRIVATE = 0xE000
"""The first character that Unicode gives no meaning."""


def find_violations(value: Any, shape: Shape, path: str = "") -> list[str]:
    """Return a message for each constraint of its shape that a value violates.

    The types must have been checked by botocore.
    """
    return list(_check_value(value, shape, path))


def _check_value(value: Any, shape: Shape, path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            for name, child in value.items():
                yield from _check_value(child, shape.members[name], _join_path(path, name))
        case "list":
            yield from _check_length(value, shape, path)
            for number, child in enumerate(value, start=1):
                yield from _check_value(child, shape.member, f"{path}.{number}.member")
        case "map":
            yield from _check_length(value, shape, path)
            for key, child in value.items():
                yield from _check_value(key, shape.key, f"{path}.key")
                yield from _check_value(child, shape.value, f"{path}.{key}")
        case "string":
            yield from _check_text(value, shape, path)
        case "integer" | "long" | "float" | "double":
            yield from _check_range(value, shape, path)


def _join_path(path: str, name: str) -> str:
    first = f"{name[0].lower()}{name[1:]}"
    return f"{path}.{first}" if path else first


def _check_text(value: str, shape: Shape, path: str) -> Iterator[str]:
    yield from _check_length(value, shape, path)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield _describe_violation(value, path, f"satisfy enum value set: [{', '.join(allowed)}]")
    pattern = shape.metadata.get("pattern")
    expression = _compile_pattern(pattern) if pattern else None
    if expression is not None and not expression.fullmatch(_mark_categories(value, pattern)):
        yield _describe_violation(value, path, f"satisfy regular expression pattern: {pattern}")


def _check_length(value: Any, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _describe_violation(value, path, f"have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _describe_violation(value, path, f"have length less than or equal to {most}")


def _check_range(value: float, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _describe_violation(value, path, f"have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _describe_violation(value, path, f"have value less than or equal to {most}")


def _describe_violation(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"


def _mark_categories(value: str, pattern: str) -> str:
    """Return a text to match a pattern of Unicode categories, which `re` has no classes for.

    Characters beyond ASCII become marks of their category; ASCII stays, for literals of patterns.
    """
    if r"\p{" not in pattern or value.isascii():
        return value
    return "".join(
        char if char.isascii() else _mark(unicodedata.category(char)[0]) for char in value
    )


def _mark(category: str) -> str:
    return chr(_PRIVATE + ord(category))


@lru_cache(maxsize=512)
def _compile_pattern(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(_CATEGORY.sub(lambda match: _ASCII[match[1]] + _mark(match[1]), pattern))
    except re.error:  # written for another dialect: left to whoever reads the value
        return None

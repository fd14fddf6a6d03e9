"""Lengths, ranges, patterns and enumerations of a request, which botocore's clients leave alone.

Sentences have the form the service gives them, because clients show and compare them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]


def violations(value: Any, shape: Shape, path: str = "") -> list[str]:
    """Say what a value breaks of its shape's constraints; botocore has checked its types."""
    return list(_walk(value, shape, path))


def _walk(value: Any, shape: Shape, path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            for name, child in value.items():
                yield from _walk(child, shape.members[name], _join(path, name))
        case "list":
            yield from _length(value, shape, path)
            for number, child in enumerate(value, start=1):
                yield from _walk(child, shape.member, f"{path}.{number}.member")
        case "map":
            yield from _length(value, shape, path)
            for key, child in value.items():
                yield from _walk(key, shape.key, f"{path}.key")
                yield from _walk(child, shape.value, f"{path}.{key}")
        case "string":
            yield from _text(value, shape, path)
        case "integer" | "long" | "float" | "double":
            yield from _range(value, shape, path)


def _join(path: str, name: str) -> str:
    first = f"{name[0].lower()}{name[1:]}"
    return f"{path}.{first}" if path else first


def _text(value: str, shape: Shape, path: str) -> Iterator[str]:
    yield from _length(value, shape, path)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield _broken(value, path, f"satisfy enum value set: [{', '.join(allowed)}]")
    pattern = shape.metadata.get("pattern")
    expression = _compiled(pattern) if pattern else None
    if expression is not None and not expression.fullmatch(value):
        yield _broken(value, path, f"satisfy regular expression pattern: {pattern}")


def _length(value: Any, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _broken(value, path, f"have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _broken(value, path, f"have length less than or equal to {most}")


def _range(value: float, shape: Shape, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _broken(value, path, f"have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _broken(value, path, f"have value less than or equal to {most}")


def _broken(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:  # written for another dialect: left to whoever reads the value
        return None

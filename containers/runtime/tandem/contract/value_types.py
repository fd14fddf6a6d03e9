"""Kinds of value that a setting, a hyperparameter or a step's option can have.

The platform hands every value over as text. A kind knows how that text is read, what the kind is
called in help pages and error messages, and its JSON Schema. To add one, write one more function
that returns a `Kind`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How a value's text is read: `parse` raises ValueError for text that is not of this kind.

    `schema` is the JSON Schema of the value where it is written in JSON or YAML.
    """

    name: str
    parse: Callable[[str], T]
    schema: Mapping[str, Any] = field(default_factory=dict, compare=False)


def whole(low: int | None = None, high: int | None = None) -> Kind[int]:
    """Return the kind of a whole number between `low` and `high`, both included."""
    name = f"whole number{_range(low, high)}"

    def parse(text: str) -> int:
        number = float(text)
        if not number.is_integer() or not _inside(number, low, high):
            raise ValueError(text)
        return int(number)

    return Kind(name, parse, {"type": "integer", **_ends(minimum=low, maximum=high)})


def real(
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
) -> Kind[float]:
    """Return the kind of a finite number in [low, high], or inside the open end `above`/`below`."""
    ends = [f"above {above:g}"] if above is not None else []
    ends += [f"below {below:g}"] if below is not None else []
    name = f"number{_range(low, high)}" + (f" {' and '.join(ends)}" if ends else "")

    def parse(text: str) -> float:
        number = float(text)
        inside = (
            math.isfinite(number)
            and _inside(number, low, high)
            and (above is None or number > above)
            and (below is None or number < below)
        )
        if not inside:
            raise ValueError(text)
        return number

    limits = _ends(minimum=low, maximum=high, exclusiveMinimum=above, exclusiveMaximum=below)
    return Kind(name, parse, {"type": "number", **limits})


def choice(*values: str) -> Kind[str]:
    """Return the kind of a value that is one of a few words."""

    def parse(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return Kind("one of " + ", ".join(values), parse, {"enum": list(values)})


def flag() -> Kind[bool]:
    """Return the kind of a switch: true or false, 1 or 0, yes or no, on or off, in any case."""

    def parse(text: str) -> bool:
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(text)
        return word in _TRUE

    return Kind("true or false", parse, {"type": "boolean"})


def text() -> Kind[str]:
    """Return the kind of any text."""
    return Kind("text", str, {"type": "string"})


def folder() -> Kind[Path]:
    """Return the kind of a path."""
    return Kind("path", Path, {"type": "string"})


def words() -> Kind[tuple[str, ...]]:
    """Return the kind of a list of words: `a,b,c`, or a JSON list where a word holds a comma."""

    def parse(text: str) -> tuple[str, ...]:
        if text.lstrip().startswith("["):
            return tuple(str(item) for item in json.loads(text))
        return tuple(part.strip() for part in text.split(",") if part.strip())

    schema = {"type": ["array", "string"], "items": {"type": "string"}}
    return Kind("list of words, a,b,c or JSON", parse, schema)


def words_of(allowed: Callable[[str], bool], name: str) -> Kind[tuple[str, ...]]:
    """Return the kind of a list whose every word passes `allowed`."""

    def parse(text: str) -> tuple[str, ...]:
        found = words().parse(text)
        if not found or not all(allowed(word) for word in found):
            raise ValueError(text)
        return found

    return Kind(name, parse)


def json_object() -> Kind[dict[str, object]]:
    """Return the kind of a JSON object."""

    def parse(text: str) -> dict[str, object]:
        value = json.loads(text)
        if not isinstance(value, dict):
            raise ValueError(text)  # noqa: TRY004 - every kind speaks ValueError
        return value

    return Kind("JSON object", parse, {"type": "object"})


def json_list() -> Kind[list[object]]:
    """Return the kind of a JSON list."""

    def parse(text: str) -> list[object]:
        value = json.loads(text)
        if not isinstance(value, list):
            raise ValueError(text)  # noqa: TRY004 - every kind speaks ValueError
        return value

    return Kind("JSON list", parse, {"type": "array"})


def optional(kind: Kind[T]) -> Kind[T | None]:
    """Return the same kind for a value whose default is None."""
    return Kind(kind.name, kind.parse, kind.schema)


def _ends(**limits: float | None) -> dict[str, float]:
    return {name: limit for name, limit in limits.items() if limit is not None}


def _inside(number: float, low: float | None, high: float | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {_figure(low)} to {_figure(high)}"
    if low is not None:
        return f", {_figure(low)} or more"
    return f", {_figure(high)} or less" if high is not None else ""


def _figure(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"

"""The part of JSONPath that a transform's filters may use.

Source: Developer Guide, 'Associate Prediction Results with Input Records'. A slice counts its end
in, as that page does: `$[1:4]` is the second to the fifth.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_test.errors import UserError

LONGEST = 63
_NAME = re.compile(r"\.([A-Za-z_][\w-]*|\*)")
_CHILDREN = re.compile(r"\[\s*('[^']+'(?:\s*,\s*'[^']+')*)\s*\]")
_ITEMS = re.compile(r"\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]")
_SLICE = re.compile(r"\[\s*(-?\d*)\s*:\s*(-?\d*)\s*\]")

Step = Callable[[Any], Any]


@dataclass(frozen=True)
class JsonPath:
    """One path; `$` alone is everything."""

    text: str
    steps: tuple[Step, ...]

    def of(self, record: Any) -> Any:
        """Return what the path finds in a record; nothing at all is a UserError."""
        try:
            for step in self.steps:
                record = step(record)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            shown = json.dumps(record)[:80]
            raise UserError(f"the filter {self.text} finds nothing in {shown}") from error
        return record


def parse(text: str) -> JsonPath:
    """Read a path; what is none, or longer than 63 characters, is a UserError."""
    steps: list[Step] = []
    position = 1
    while position < len(text):
        for pattern, make in _STEPS:
            found = pattern.match(text, position)
            if found:
                steps.append(make(*found.groups()))
                position = found.end()
                break
        else:
            raise _no_path(text)
    if not text.startswith("$") or len(text) > LONGEST:
        raise _no_path(text)
    return JsonPath(text, tuple(steps))


def _no_path(text: str) -> UserError:
    return UserError(
        f"the filter {text!r} is refused",
        "write $, $.name, $.*, $['a','b'], $[0], $[0,-1] or $[1:], in 63 characters at most",
    )


def _name(name: str) -> Step:
    if name == "*":
        return lambda record: list(record.values()) if isinstance(record, dict) else list(record)
    return lambda record: record[name]


def _children(names: str) -> Step:
    wanted = re.findall("'([^']+)'", names)
    if len(wanted) == 1:
        return _name(wanted[0])
    return lambda record: {name: record[name] for name in wanted}


def _items(numbers: str) -> Step:
    wanted = [int(number) for number in numbers.split(",")]
    if len(wanted) == 1:
        return lambda record: _row(record)[wanted[0]]
    return lambda record: [_row(record)[number] for number in wanted]


def _slice(start: str, end: str) -> Step:
    def cut(record: Any) -> Any:
        row = _row(record)
        first = int(start or 0)
        last = int(end or -1)
        last += len(row) if last < 0 else 0
        first += len(row) if first < 0 else 0
        if not 0 <= first <= last < len(row):
            raise IndexError(last)
        return row[first : last + 1]

    return cut


def _row(record: Any) -> list[Any]:
    if not isinstance(record, list):
        raise TypeError(record)
    return record


_STEPS: tuple[tuple[re.Pattern[str], Callable[..., Step]], ...] = (
    (_NAME, _name),
    (_CHILDREN, _children),
    (_ITEMS, _items),
    (_SLICE, _slice),
)

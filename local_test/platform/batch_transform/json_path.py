"""The subset of JSONPath that SageMaker supports in filters of batch transform.

Source: Developer Guide, 'Associate Prediction Results with Input Records'. The end of a slice
is inclusive, as on that page: `$[1:4]` selects the second to the fifth item.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_test.errors import UserError

MAX_LENGTH = 63
_NAME = re.compile(r"\.([A-Za-z_][\w-]*|\*)")
_CHILDREN = re.compile(r"\[\s*('[^']+'(?:\s*,\s*'[^']+')*)\s*\]")
_ITEMS = re.compile(r"\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]")
_SLICE = re.compile(r"\[\s*(-?\d*)\s*:\s*(-?\d*)\s*\]")

Selector = Callable[[Any], Any]


@dataclass(frozen=True)
class JsonPath:
    """A parsed path; `$` selects the whole record."""

    text: str
    selectors: tuple[Selector, ...]

    def find(self, record: Any) -> Any:
        """Return what the path selects in a record. Raises UserError when nothing matches."""
        try:
            for step in self.selectors:
                record = step(record)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            shown = json.dumps(record)[:80]
            raise UserError(f"the filter {self.text} finds nothing in {shown}") from error
        return record


def parse_json_path(text: str) -> JsonPath:
    """Parse a path. Raises UserError when it is invalid or longer than 63 characters."""
    selectors: list[Selector] = []
    position = 1
    while position < len(text):
        for pattern, make in _SELECTORS:
            match = pattern.match(text, position)
            if match:
                selectors.append(make(*match.groups()))
                position = match.end()
                break
        else:
            raise _make_error(text)
    if not text.startswith("$") or len(text) > MAX_LENGTH:
        raise _make_error(text)
    return JsonPath(text, tuple(selectors))


def _make_error(text: str) -> UserError:
    return UserError(
        f"the filter {text!r} is refused",
        "write $, $.name, $.*, $['a','b'], $[0], $[0,-1] or $[1:], in 63 characters at most",
    )


def _select_name(name: str) -> Selector:
    if name == "*":
        return lambda record: list(record.values()) if isinstance(record, dict) else list(record)
    return lambda record: record[name]


def _select_names(names: str) -> Selector:
    keys = re.findall("'([^']+)'", names)
    if len(keys) == 1:
        return _select_name(keys[0])
    return lambda record: {name: record[name] for name in keys}


def _select_items(numbers: str) -> Selector:
    indices = [int(number) for number in numbers.split(",")]
    if len(indices) == 1:
        return lambda record: _check_list(record)[indices[0]]
    return lambda record: [_check_list(record)[number] for number in indices]


def _select_slice(start: str, end: str) -> Selector:
    def cut(record: Any) -> Any:
        row = _check_list(record)
        first = int(start or 0)
        last = int(end or -1)
        last += len(row) if last < 0 else 0
        first += len(row) if first < 0 else 0
        if not 0 <= first <= last < len(row):
            raise IndexError(last)
        return row[first : last + 1]

    return cut


def _check_list(record: Any) -> list[Any]:
    if not isinstance(record, list):
        raise TypeError(record)
    return record


_SELECTORS: tuple[tuple[re.Pattern[str], Callable[..., Selector]], ...] = (
    (_NAME, _select_name),
    (_CHILDREN, _select_names),
    (_ITEMS, _select_items),
    (_SLICE, _select_slice),
)

"""Values of results as Athena writes them: text, and CSV in which all texts are quoted.

Sources: Athena User Guide, 'Working with query results'; Java, Double.toString, for the form of
numbers: every digit that the value needs, and none more.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

_CELL = re.compile(r'(?:"((?:[^"]|"")*)")?(,|\n)')
_SMALLEST, _LARGEST = 1e-3, 1e7


def format_value(value: Any) -> str | None:
    """Return the text of a value, None for NULL."""
    return None if value is None else _FORMATS.get(type(value), str)(value)


def _format_moment(value: datetime) -> str:
    text = value.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")
    return text if value.tzinfo is None else f"{text} UTC"


def _format_list(values: Sequence[Any]) -> str:
    texts = ("null" if one is None else str(format_value(one)) for one in values)
    return f"[{', '.join(texts)}]"


def _format_fields(values: Mapping[Any, Any]) -> str:
    """Return the text of a row or a map."""
    texts = (
        f"{format_value(key)}={'null' if one is None else format_value(one)}"
        for key, one in values.items()
    )
    return f"{{{', '.join(texts)}}}"


def _format_double(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "-Infinity" if value < 0 else "Infinity"
    if value == 0 or _SMALLEST <= abs(value) < _LARGEST:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{digits[0]}.{rest}E{power}"


_FORMATS: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    float: _format_double,
    datetime: _format_moment,
    list: _format_list,
    dict: _format_fields,
    bytes: lambda value: value.hex(" "),
}


def format_line(cells: Sequence[str | None]) -> str:
    """Return a line of CSV; NULL is empty and has no quotes."""
    quoted = ("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in cells)
    return ",".join(quoted) + "\n"


def parse_lines(text: str) -> Iterator[list[str | None]]:
    """Yield the cells of each line that `format_line` wrote."""
    line = list[str | None]()
    for match in _CELL.finditer(text):
        line.append(None if match[1] is None else match[1].replace('""', '"'))
        if match[2] == "\n":
            yield line
            line = []

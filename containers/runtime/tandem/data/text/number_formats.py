"""Number formats of columns: currency, units, thousands separators, percent, durations.

A format rewrites a cell as plain digits, which are then parsed as in any other column, so that each
value is rounded once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

# What a cell becomes that is not written in the format: no reader takes it for a number.
UNREADABLE = "unreadable"
BLANK = "[ \u00a0\u202f]"
SIGN = "[+\u2212-]"
_MINUS = frozenset("\u2212-")
_CLOCK = re.compile(
    rf"(?:(?P<sign>[+-])?(?P<days>[0-9]{{1,6}}) days?,? [+]?|(?P<minus>{SIGN})?)"
    r"(?P<first>[0-9]{1,6}):(?P<second>[0-5][0-9])"
    r"(?::(?P<third>[0-5][0-9])(?:\.(?P<rest>[0-9]{1,9}))?)?"
)
# A suffix that ends in s is a plural from so many letters on: `year` is read as `years` is.
_PLURAL = 3


class NumberText(str):
    """The text of a cell that is a number in its source (JSON): always plain digits."""

    __slots__ = ()


@dataclass(frozen=True)
class NumberFormat:
    """The format of the numbers of a column.

    `prefix` and `suffix` may stand before and behind the digits of any cell. Digits may be grouped
    by `thousands`. With `parentheses`, `(5)` is -5. With `percent` every number needs its sign, and
    `12%` is 0.12. `duration` is `h:mm` or `m:ss`, which is what `1:05` means; `1:02:03` and
    `2 days 01:02:03` are hours, minutes and seconds with both. A duration is in seconds.
    """

    prefix: str = ""
    suffix: str = ""
    thousands: str = ""
    decimal: str = "."
    parentheses: bool = False
    percent: bool = False
    duration: str = ""

    def to_digits(self, cell: str) -> str:
        """Rewrite a cell as plain digits; `UNREADABLE` when it does not match the format."""
        if cell.lower() == "nan":
            return cell
        return _to_seconds(cell, self.duration) if self.duration else self._parse_digits(cell)

    def convert_cells(
        self, cells: Sequence[str], missing: Collection[str], *, typed: bool = False
    ) -> list[str]:
        """Rewrite cells as plain digits; missing ones are unchanged.

        Numbers of the source (a `typed` column or `NumberText`) are unchanged too: 1.234 is not
        1234 even if a point separates thousands. Percentages and durations always need their signs.
        """
        as_they_are = not (self.percent or self.duration)
        if typed and as_they_are:
            return list(cells)
        return [
            cell
            if as_they_are and isinstance(cell, NumberText)
            else self._convert_cell(cell.strip(), missing)
            for cell in cells
        ]

    def _convert_cell(self, cell: str, missing: Collection[str]) -> str:
        return cell if cell in missing else self.to_digits(cell)

    def __str__(self) -> str:
        if self.duration:
            return self.duration
        before = f"{self.prefix} " if self.prefix[-1:].isalpha() else self.prefix
        number = f"{before}1{self.thousands}234{self.decimal}5"
        number += "%" if self.percent else f" {self.suffix}" if self.suffix else ""
        return f"({number})" if self.parentheses else number

    def _parse_digits(self, cell: str) -> str:
        match = self._pattern.fullmatch(cell)
        if match is None:
            return UNREADABLE
        opened, *signs = match["open"], *filter(None, (match["sign"], match["inner"]))
        if bool(opened) != bool(match["close"]) or len(signs) + bool(opened) > 1:
            return UNREADABLE
        minus = "-" if opened or _MINUS.intersection(signs) else ""
        whole = re.sub("[^0-9]", "", match["whole"])
        rest = (match["rest"] or "")[1:]
        power = match["power"] or ("e-2" if self.percent else "")
        return f"{minus}{whole or '0'}{'.' if rest else ''}{rest}{power}"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        mark = re.escape(self.decimal)
        grouped = f"{build_grouping_pattern(self.thousands)}|" if self.thousands else ""
        prefix = rf"(?:{re.escape(self.prefix)}{BLANK}?)?" if self.prefix else ""
        suffix = rf"(?:{BLANK}?{_match_plural(self.suffix)})?" if self.suffix else ""
        suffix = rf"{BLANK}?%" if self.percent else suffix
        opened, closed = (r"\(", r"\)") if self.parentheses else ("(?!)", "(?!)")
        power = "(?!)" if self.percent else "[eE][+-]?[0-9]+"
        return re.compile(
            rf"(?P<open>{opened})?(?P<sign>{SIGN})?{prefix}(?P<inner>{SIGN})?"
            rf"(?=[0-9]|{mark}[0-9])(?P<whole>{grouped}[0-9]*)(?P<rest>{mark}[0-9]*)?"
            rf"(?P<power>{power})?{suffix}(?P<close>{closed})?"
        )


def build_grouping_pattern(thousands: str) -> str:
    """Return a regular expression for grouped digits: `1,234,567`, or `12,34,567` as in India.

    The first group does not begin with a zero, except in `0,000`.
    """
    mark = {" ": BLANK, "'": "['\u2019]"}.get(thousands, re.escape(thousands))
    twos = f"|(?:{mark}[0-9]{{2}})+{mark}[0-9]{{3}}" if thousands == "," else ""
    return f"(?:[1-9][0-9]{{0,2}}(?:(?:{mark}[0-9]{{3}})+{twos})|0(?:{mark}000)+)"


def is_duration(cell: str) -> bool:
    """Return True for a duration of two or three parts, `1:05` or `1:02:03`."""
    return _CLOCK.fullmatch(cell) is not None


def read_first_part(cell: str) -> int | None:
    """Return the first part of a duration of two parts (hours or minutes); None for others."""
    match = _CLOCK.fullmatch(cell)
    return int(match["first"]) if match and match["third"] is None else None


def _match_plural(suffix: str) -> str:
    if len(suffix) < _PLURAL or suffix[-1] != "s":
        return re.escape(suffix)
    return f"{re.escape(suffix[:-1])}s?"


def _to_seconds(cell: str, duration: str) -> str:
    match = _CLOCK.fullmatch(cell)
    if match is None or (match["days"] and match["third"] is None):
        return UNREADABLE
    first, second = int(match["first"]), int(match["second"])
    if match["third"] is None:
        total = 60 * (first * 60 + second) if duration == "h:mm" else 60 * first + second
    else:
        total = 3600 * first + 60 * second + int(match["third"])
    value = Decimal(f"{total}.{match['rest']}" if match["rest"] else total)
    days = 86400 * int(match["days"] or 0)
    # `-1 days +23:59:59`, as pandas writes it, is one second before 0.
    value = value + (-days if match["sign"] == "-" else days)
    return f"{-value if match['minus'] in _MINUS else value:f}"

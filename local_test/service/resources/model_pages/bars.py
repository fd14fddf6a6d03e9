"""Signed numbers as a list of horizontal bars, the largest first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

_MAX_BARS = 20
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Bar:
    """A bar: what it stands for, its number as text, its start and width in percent of the row.

    `value` is the text of a record's cell, "" where the bar belongs to no record.
    """

    name: str
    number: str
    start: float
    width: float
    is_negative: bool
    value: str = ""


def draw_bars(
    numbers: Mapping[str, float], values: Mapping[str, str] | None = None, *, form: str = ".4g"
) -> list[Bar]:
    """Return the bars of finite numbers, the largest 20 and one for the sum of all others.

    `form` is that of the numbers' texts; with a sign in it, and where a number is negative, zero is
    in the middle of the row. What rounding leaves of a zero is zero.
    """
    finite = {name: number for name, number in numbers.items() if math.isfinite(number)}
    ranked = sorted(finite.items(), key=lambda item: -abs(item[1]))
    shown, others = ranked[:_MAX_BARS], [number for _, number in ranked[_MAX_BARS:]]
    if others:
        shown.append((f"{len(others)} others, sum", sum(others)))
    longest = max((abs(number) for _, number in shown), default=0.0) or 1.0
    middle = 50.0 if "+" in form or any(number < 0 for _, number in shown) else 0.0
    bars = []
    for name, exact in shown:
        number = exact if abs(exact) > _ROUNDING * longest else 0.0
        width = round((100.0 - middle) * abs(number) / longest, 2)
        start = middle - width if number < 0 else middle
        text = (values or {}).get(name, "")
        bars.append(Bar(name, format(number, form), start, width, number < 0, text))
    return bars

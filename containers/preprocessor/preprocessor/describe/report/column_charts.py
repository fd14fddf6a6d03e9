"""A column as a small chart and a short text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from tandem.baseline.column_profile import ColumnProfile
from tandem.data.summaries.distribution import Distribution
from tandem.report import sparklines

_BARS = 28
_FEWEST = 14  # bars a picture has room for, so that two classes do not fill it
_NAMED = 3
_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class ColumnChart:
    """A chart of a column, if there is one, and its text."""

    text: str
    picture: Markup | None = None


def draw_column(
    profile: ColumnProfile, *, as_texts: bool, size: sparklines.Size = sparklines.SMALL
) -> ColumnChart:
    """Draw a column: a histogram of numbers, or bars of the most frequent texts.

    `as_texts` draws numbers as texts, for numbers that are categories.
    """
    if profile.absent == profile.rows:
        return ColumnChart("no value")
    if not profile.spread or as_texts:
        return _draw_texts(profile, size)
    return _draw_numbers(profile.spread, size)


def format_number(value: float) -> str:
    """Return a number as text; below 10,000, like a year, without a comma."""
    if abs(value) >= 1e15 or (abs(value) < 1000 and not value.is_integer()):
        return f"{value:.4g}"
    return f"{value:.0f}" if abs(value) < 10_000 else f"{value:,.0f}"


def format_share(count: float, total: float) -> str:
    """Return a share in percent; 0 % and 100 % mean exactly none and all."""
    percent = 100 * count / total
    if 0 < percent < 0.5:
        return f"<1{_SPACE}%"
    if 99.5 <= percent < 100:
        return f">99{_SPACE}%"
    return f"{percent:.0f}{_SPACE}%"


def _draw_numbers(spread: Distribution, size: sparklines.Size) -> ColumnChart:
    low, middle, high = spread.low, spread.median, spread.high
    text = f"{format_number(low)} to {format_number(high)}, median {format_number(middle)}"
    if low == high:
        return ColumnChart(format_number(low))
    counts = _count_bars(spread)
    return ColumnChart(text, sparklines.draw_bars(counts, f"Histogram: {text}", size))


def _count_bars(spread: Distribution) -> list[int]:
    values, low, high = spread.values, spread.low, spread.high
    whole = bool((values == np.floor(values)).all())
    if whole and high - low < _BARS:
        return spread.sum_by_index((values - low).astype(np.intp), 1)
    # Halved, so that the distance of the ends is a float.
    positions = (values / 2 - low / 2) / (high / 2 - low / 2) * _BARS
    return spread.sum_by_index(np.minimum(positions, _BARS - 1).astype(np.intp), _BARS)


def _draw_texts(profile: ColumnProfile, size: sparklines.Size) -> ColumnChart:
    if not profile.domain:
        about = "" if profile.column.exact else "about "
        return ColumnChart(f"{about}{profile.distinct:,} different values")
    frequent = list(profile.domain.items())[:_BARS]
    total = profile.rows - profile.absent
    named = [f"{value} ({format_share(count, total)})" for value, count in frequent[:_NAMED]]
    more = len(profile.domain) - len(named)
    text = ", ".join(named) + (f", {more} more" if more else "")
    counts = [count for _, count in frequent]
    bars = counts + [0] * (_FEWEST - len(counts))
    return ColumnChart(text, sparklines.draw_bars(bars, f"Most frequent: {text}", size))

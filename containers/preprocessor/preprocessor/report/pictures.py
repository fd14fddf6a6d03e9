"""What a column holds, as a small picture and a few words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from preprocessor.profile import Profile
from tandem.report import sparks

_BARS = 28
_FEWEST = 14  # bars a picture has room for, so that two classes do not fill it
_NAMED = 3
_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Shown:
    """A picture, where there is one, and its words."""

    text: str
    picture: Markup | None = None


def of(profile: Profile, *, as_texts: bool, size: sparks.Size = sparks.SMALL) -> Shown:
    """Show a column: numbers by a histogram, texts by their most frequent values.

    `as_texts` shows numbers as texts, as where a number is the name of something.
    """
    if not profile.present:
        return Shown("no value")
    if profile.numbers is None or as_texts:
        return _texts(profile, size)
    return _numbers(profile.numbers, size)


def figure(value: float) -> str:
    """Write a number for reading."""
    if 1000 <= abs(value) < 1e15 or value.is_integer():
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.4g}"
    return f"{value:.4g}"


def share(count: float, total: float) -> str:
    """Write a share in per cent, never 0 % of what is there, nor 100 % of what is not all."""
    percent = 100 * count / total
    if 0 < percent < 0.5:
        return f"<1{_SPACE}%"
    if 99.5 <= percent < 100:
        return f">99{_SPACE}%"
    return f"{percent:.0f}{_SPACE}%"


def _numbers(values: NDArray[np.float64], size: sparks.Size) -> Shown:
    low, middle, high = float(values.min()), float(np.median(values)), float(values.max())
    text = f"{figure(low)} to {figure(high)}, median {figure(middle)}"
    if low == high:
        return Shown(figure(low))
    counts = _histogram(values, low, high)
    return Shown(text, sparks.bars(counts, f"Histogram: {text}", size))


def _histogram(values: NDArray[np.float64], low: float, high: float) -> list[int]:
    distinct = np.unique(values)
    whole = bool((distinct == np.floor(distinct)).all())
    if whole and high - low < _BARS:
        return _counted(values - low, 1)
    # Halved, so that the distance of the ends is a float.
    places = (values / 2 - low / 2) / (high / 2 - low / 2) * _BARS
    return _counted(np.minimum(places, _BARS - 1), _BARS)


def _counted(places: NDArray[np.float64], least: int) -> list[int]:
    return [int(count) for count in np.bincount(places.astype(np.intp), minlength=least)]


def _texts(profile: Profile, size: sparks.Size) -> Shown:
    if not profile.domain:
        return Shown(f"{len(profile.counts):,} different values")
    frequent = profile.domain.most_common(_BARS)
    total = len(profile.present)
    named = [f"{value} ({share(count, total)})" for value, count in frequent[:_NAMED]]
    more = len(profile.domain) - len(named)
    text = ", ".join(named) + (f", {more} more" if more else "")
    counts = [count for _, count in frequent]
    bars = counts + [0] * (_FEWEST - len(counts))
    return Shown(text, sparks.bars(bars, f"Most frequent: {text}", size))

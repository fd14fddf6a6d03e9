"""Two pictures as SVG: points over a plane, with their axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 460, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 26, 14, 46


@dataclass(frozen=True)
class Axis:
    """One axis: its title, its ends and its ticks as (value, text)."""

    title: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    def share(self, value: float) -> float:
        """Return how far between the ends a value lies."""
        return (value - self.low) / (self.high - self.low)


def make_price_axis(title: str, prices: Sequence[float]) -> Axis:
    """Make a logarithmic axis of prices; values are the logarithms."""
    low, high = float(np.log(min(prices) * 0.92)), float(np.log(max(prices) * 1.08))
    steps = (25, 50, 100, 200, 400, 800)
    ticks = [(float(np.log(step * 1000)), f"${step}k") for step in steps]
    return Axis(title, low, high, [tick for tick in ticks if low <= tick[0] <= high])


def make_error_axis(title: str, errors: Sequence[float]) -> Axis:
    """Make a symmetric axis of relative errors, in per cent."""
    end = max(abs(error) for error in errors) * 1.08
    step = next(s for s in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if end / s <= 4)
    count = int(end / step)
    ticks = [(step * n, f"{step * n:+.0%}" if n else "0") for n in range(-count, count + 1)]
    return Axis(title, -end, end, ticks)


def draw_scatter(
    points: Sequence[tuple[float, float, str]],
    across: Axis,
    up: Axis,
    line: tuple[tuple[float, float], tuple[float, float]],
) -> Markup:
    """Draw points (across, up, what a pointer over it reads), and a line through two of them."""
    parts = [*_draw_grid(across, up)]
    (x1, y1), (x2, y2) = (_locate(across, up, *end) for end in line)
    parts.append(f'<line class="ideal" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
    for value, height, text in points:
        x, y = _locate(across, up, value, height)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{escape(text)}</title></circle>'
        )
    label = escape(f"{up.title} against {across.title.lower()}")
    return Markup(  # noqa: S704 - every text in it is escaped or a number
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def _locate(across: Axis, up: Axis, x: float, y: float) -> tuple[float, float]:
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    return _LEFT + across.share(x) * width, _TOP + (1 - up.share(y)) * height


def _draw_grid(across: Axis, up: Axis) -> list[str]:
    parts = []
    for value, text in across.ticks:
        x, _ = _locate(across, up, value, up.low)
        parts.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_draw_bottom()}"/>'
        )
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{_draw_bottom() + 16}">{escape(text)}</text>'
        )
    for value, text in up.ticks:
        _, y = _locate(across, up, across.low, value)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(f'<text class="tick y" x="{_LEFT - 8}" y="{y + 4:.1f}">{escape(text)}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text class="title" x="{middle}" y="{_HEIGHT - 8}">{escape(across.title)}</text>'
    )
    height = (_TOP + _draw_bottom()) / 2
    parts.append(
        f'<text class="title" transform="translate(14 {height}) rotate(-90)">'
        f"{escape(up.title)}</text>"
    )
    return parts


def _draw_bottom() -> int:
    return _HEIGHT - _BOTTOM

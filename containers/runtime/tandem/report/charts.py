"""SVG charts in the colours of the page: curves, scatter plots and contributions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

Points = Sequence[tuple[float, float]]
_WIDTH, _HEIGHT = 460, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 16, 14, 44
_ROW = 24
# A name of a line is so high, and so wide at most.
_NAME, _NAMES = 18, 110
_MOST_POINTS = 400


@dataclass(frozen=True)
class Axis:
    """One axis: its title and its minimum and maximum."""

    title: str
    low: float
    high: float

    def scale(self, value: float) -> float:
        """Scale a value: 0 at the minimum of the axis, 1 at its maximum."""
        return (value - self.low) / (self.high - self.low)

    def compute_ticks(self) -> list[float]:
        """Return round values between minimum and maximum."""
        raw = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        return [step * n for n in range(first, math.floor(self.high / step + 1e-9) + 1)]


def fit_axis(title: str, values: Iterable[float]) -> Axis:
    """Return an axis with the range of the finite values."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    return Axis(title, low, high)


def draw_curves(
    series: Mapping[str, Points], across: str, up: str, *, mark: float | None
) -> Markup:
    """Draw one line for each series, and a vertical one at `mark`."""
    points = [point for line in series.values() for point in line]
    x, y = fit_axis(across, [p[0] for p in points]), fit_axis(up, [p[1] for p in points])
    parts = _draw_grid(x, y)
    if mark is not None and x.low <= mark <= x.high:
        parts.append(
            _draw_line("ideal", _to_point(x, y, mark, y.low), _to_point(x, y, mark, y.high))
        )
    lines = [
        [_to_point(x, y, *point) for point in _thin([p for p in line if math.isfinite(p[1])])]
        for line in series.values()
    ]
    corner = _choose_corner(lines)
    for number, (name, line) in enumerate(zip(series, lines, strict=True)):
        path = " ".join(f"{right:.1f},{down:.1f}" for right, down in line)
        parts.append(f'<polyline class="s{number}" points="{path}"><title>{escape(name)}</title>')
        parts.append("</polyline>")
        parts.append(_draw_legend(name, number, corner))
    return _wrap_svg(parts, _HEIGHT, f"{up} against {across}")


def draw_scatter(points: Points, across: str, up: str) -> Markup:
    """Draw points, and the line on which both are equal."""
    both = [value for point in points for value in point]
    x, y = fit_axis(across, both), fit_axis(up, both)
    parts = _draw_grid(x, y)
    parts.append(
        _draw_line("ideal", _to_point(x, y, x.low, y.low), _to_point(x, y, x.high, y.high))
    )
    for point in points:
        if all(map(math.isfinite, point)):
            cx, cy = _to_point(x, y, *point)
            parts.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="2.5"/>')
    return _wrap_svg(parts, _HEIGHT, f"{up} against {across}")


def draw_swarm(rows: Sequence[tuple[str, Points]], across: str) -> Markup:
    """Draw one row of points for each name; a point is (x, its feature's value from 0 to 1)."""
    x = fit_axis(across, [0.0, *(point[0] for _, points in rows for point in points)])
    bottom = _TOP + _ROW * len(rows)
    parts = []
    for value in x.compute_ticks():
        at = _to_x(x, value, 120)
        parts.append(_draw_line("grid", (at, _TOP), (at, bottom)))
        parts.append(_draw_text(at, bottom + 16, f"{value:g}"))
    for number, (name, points) in enumerate(rows):
        middle = _TOP + _ROW * (number + 0.5)
        parts.append(f'<text class="y" x="112" y="{middle + 4:.1f}">{escape(name[:16])}</text>')
        for index, (value, share) in enumerate(points):
            cy = middle + ((index * 7) % 11 - 5) * 1.3
            high = "hi" if share > 0.5 else "lo"
            opacity = 0.25 + abs(share - 0.5) * 1.3
            cx = _to_x(x, value, 120)
            parts.append(
                f'<circle class="{high}" cx="{cx:.1f}" cy="{cy:.1f}" r="2"'
                f' style="fill-opacity:{opacity:.2f}"/>'
            )
    parts.append(_draw_text((120 + _WIDTH - _RIGHT) / 2, bottom + 36, across))
    return _wrap_svg(parts, bottom + 44, across)


def _to_point(x: Axis, y: Axis, right: float, high: float) -> tuple[float, float]:
    height = _HEIGHT - _TOP - _BOTTOM
    return _to_x(x, right, _LEFT), _TOP + (1 - y.scale(high)) * height


def _to_x(x: Axis, value: float, left: int) -> float:
    return left + x.scale(value) * (_WIDTH - left - _RIGHT)


def _draw_grid(x: Axis, y: Axis) -> list[str]:
    parts, bottom = [], _HEIGHT - _BOTTOM
    for value in x.compute_ticks():
        at = _to_x(x, value, _LEFT)
        parts += [
            _draw_line("grid", (at, _TOP), (at, bottom)),
            _draw_text(at, bottom + 16, f"{value:g}"),
        ]
    for value in y.compute_ticks():
        _, at = _to_point(x, y, x.low, value)
        parts.append(_draw_line("grid", (_LEFT, at), (_WIDTH - _RIGHT, at)))
        parts.append(f'<text class="y" x="{_LEFT - 6}" y="{at + 4:.1f}">{value:g}</text>')
    parts.append(_draw_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, x.title))
    turned = f'transform="translate(14 {(_TOP + bottom) / 2:.0f}) rotate(-90)"'
    parts.append(f"<text {turned}>{escape(y.title)}</text>")
    return parts


def _choose_corner(lines: Sequence[Points]) -> tuple[int, int]:
    """Return the corner for the legend that the lines cross least."""
    height = _NAME * len(lines)
    right, bottom = _WIDTH - _RIGHT - _NAMES, _HEIGHT - _BOTTOM - height - 8
    corners = [(right, _TOP), (right, bottom), (_LEFT + 8, bottom), (_LEFT + 8, _TOP)]

    def count_crossings(corner: tuple[int, int]) -> int:
        x, y = corner
        return sum(
            x - 8 <= across <= x + _NAMES and y <= down <= y + height + 4
            for line in lines
            for across, down in _walk_line(line)
        )

    return min(corners, key=count_crossings)


def _walk_line(line: Points) -> Iterator[tuple[float, float]]:
    """Yield points along a line in steps shorter than the height of a name."""
    for (x1, y1), (x2, y2) in pairwise(line):
        steps = math.ceil(math.hypot(x2 - x1, y2 - y1) / 4) or 1
        for step in range(steps + 1):
            yield x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps


def _draw_legend(name: str, number: int, corner: tuple[int, int]) -> str:
    x, y = corner[0], corner[1] + 14 + _NAME * number
    swatch = f'<line class="s{number}" x1="{x}" x2="{x + 18}" y1="{y - 4}" y2="{y - 4}"/>'
    return f'{swatch}<text class="l" x="{x + 24}" y="{y}">{escape(name)}</text>'


def _draw_line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _draw_text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _thin(points: Points) -> Points:
    step = max(1, len(points) // _MOST_POINTS)
    return [*points[::step], points[-1]] if points else points


def _wrap_svg(parts: Sequence[str], height: float, label: str) -> Markup:
    return Markup(  # noqa: S704 - every text in it is escaped or a number
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )

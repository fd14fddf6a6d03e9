"""SVG charts of the report, with their values as texts; their colours are the page's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 460, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 14, 26, 42
_ROW, _NAMES = 22, 150
_MOST_ROWS = 41

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """A drawing, and the table of its values for those who have no mouse.

    `rows` are as long as `heads`; lines have at most 41 of their points, evenly chosen.
    """

    svg: Markup
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def draw_lines(series: Mapping[str, Points], across: str, up: str) -> Chart | None:
    """Draw a line for each series of points (x, y); None where no point is finite."""
    points = [point for line in series.values() for point in line if math.isfinite(point[1])]
    if not points:
        return None
    low_x, high_x = _widen([x for x, _ in points])
    low_y, high_y = _widen([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        right = _LEFT + (x - low_x) / (high_x - low_x) * (_WIDTH - _LEFT - _RIGHT)
        return right, _TOP + (high_y - y) / (high_y - low_y) * (_HEIGHT - _TOP - _BOTTOM)

    bottom = _HEIGHT - _BOTTOM
    parts = [f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - _RIGHT}"/>']
    for share in (0.0, 0.5, 1.0):
        x, y = low_x + share * (high_x - low_x), low_y + share * (high_y - low_y)
        right, _ = place(x, low_y)
        _, down = place(low_x, y)
        parts.append(f'<text x="{right:.1f}" y="{bottom + 16}" class="middle">{x:.4g}</text>')
        parts.append(f'<text x="{_LEFT - 6}" y="{down + 4:.1f}" class="end">{y:.4g}</text>')
    for number, (name, line) in enumerate(series.items()):
        path = " ".join(
            f"{right:.1f},{down:.1f}"
            for right, down in (place(*point) for point in line if math.isfinite(point[1]))
        )
        parts.append(f'<polyline class="s{number}" points="{path}"/>')
        parts.append(
            f'<text class="t{number}" x="{_LEFT + 8 + number * 170}" y="16">{escape(name)}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 6}" class="middle">{escape(across)}</text>')
    svg = _wrap(parts, _HEIGHT, f"{up} over {across}")
    return Chart(svg, (across, *series), _tabulate(list(series.values())))


def draw_bars(rows: Sequence[tuple[str, float]]) -> Chart:
    """Draw a bar for each name and share; the longest fills the width."""
    most = max((share for _, share in rows), default=0.0) or 1.0
    parts = []
    for number, (name, share) in enumerate(rows):
        y = number * _ROW + 4
        width = share / most * (_WIDTH - _NAMES - 60)
        shown = name if len(name) <= 22 else f"{name[:21]}…"
        parts.append(f'<text x="{_NAMES - 6}" y="{y + 13}" class="end">{escape(shown)}</text>')
        parts.append(f'<rect x="{_NAMES}" y="{y}" width="{width:.1f}" height="16" class="bar">')
        parts.append(f"<title>{escape(name)}</title></rect>")
        parts.append(f'<text x="{_NAMES + width + 6:.1f}" y="{y + 13}">{share:.1%}</text>')
    svg = _wrap(parts, len(rows) * _ROW + 8, "importance of features")
    return Chart(svg, ("feature", "share"), [(name, f"{share:.2%}") for name, share in rows])


def _tabulate(lines: Sequence[Points]) -> list[list[str]]:
    """Return a row for each x: its text, and the value of each line, "" where it has none."""
    values = [dict(line) for line in lines]
    places = sorted({x for line in values for x in line})
    step = max(1, math.ceil((len(places) - 1) / (_MOST_ROWS - 1)))
    chosen = dict.fromkeys([*places[::step], places[-1]])
    return [
        [f"{x:.6g}", *(f"{line[x]:.6g}" if x in line else "" for line in values)] for x in chosen
    ]


def _widen(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _wrap(parts: Sequence[str], height: int, label: str) -> Markup:
    return Markup(  # noqa: S704 - every text in it is escaped or a number
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )

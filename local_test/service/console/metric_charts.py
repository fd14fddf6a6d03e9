"""Metric curves as SVG polylines, each scaled to its own values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local_test.service.chart_values import choose_places

WIDTH, HEIGHT = 320, 90
_MAX_POINTS = 400
_EDGE = 4

Series = Mapping[str, Sequence[Sequence[float]]]
"""Metric names, each with pairs of time and value."""


@dataclass(frozen=True)
class Curve:
    """The curve of one metric: polyline, first and last value as text, number of values.

    `rows` are the numbers (from 1) and texts of at most 21 values, evenly chosen.
    """

    name: str
    points: str
    first: str
    last: str
    count: int
    rows: Sequence[tuple[int, str]]


def draw_curves(series: Series) -> list[Curve]:
    """Return the curves of all metrics; more than 400 values are thinned out evenly."""
    return [
        _draw_curve(name, [pair[1] for pair in pairs]) for name, pairs in series.items() if pairs
    ]


def _draw_curve(name: str, values: Sequence[float]) -> Curve:
    step = max(1, len(values) // _MAX_POINTS)
    shown = [*values[:-1:step], values[-1]]
    least, most = min(shown), max(shown)
    across = WIDTH / max(1, len(shown) - 1)
    points = " ".join(
        f"{index * across:.1f},{_scale(value, least, most):.1f}"
        for index, value in enumerate(shown)
    )
    rows = [(place + 1, f"{values[place]:.6g}") for place in choose_places(len(values))]
    return Curve(name, points, rows[0][1], rows[-1][1], len(values), rows)


def _scale(value: float, least: float, most: float) -> float:
    share = 0.5 if most == least else (most - value) / (most - least)
    return _EDGE + (HEIGHT - 2 * _EDGE) * share

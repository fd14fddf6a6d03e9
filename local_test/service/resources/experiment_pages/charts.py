"""Charts of runs as SVG: learning curves laid over each other, and parallel coordinates.

A run has one colour in both: from blue (the lowest value) to red (the highest).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local_test.runs.run import Run, Value, format_value
from local_test.runs.table import read_cell

WIDTH, HEIGHT = 980, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 20, 38, 28
_BLUE, _RED, _GREY = 220, 5, "var(--quiet)"
_MAX_AXES = 8

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """One line of a chart: its label, its points and its colour as SVG has them."""

    label: str
    points: str
    colour: str


@dataclass(frozen=True)
class Axis:
    """One axis of parallel coordinates: its place, its name, and the texts at both ends."""

    x: float
    name: str
    low: str
    high: str


@dataclass(frozen=True)
class Chart:
    """The lines of a chart; `axes` of parallel coordinates, `bounds` of learning curves.

    The bounds are the texts of the lowest and highest x and y.
    """

    lines: Sequence[Line]
    axes: Sequence[Axis] = ()
    bounds: Sequence[str] = ()
    width: int = WIDTH
    height: int = HEIGHT


def choose_colours(runs: Sequence[Run], metric: str | None) -> dict[str, str]:
    """Return the colour of each run by its name, after the value of a metric."""
    known = [] if metric is None else [(run, run.metrics.get(metric)) for run in runs]
    values = {run.name: value for run, value in known if value is not None}
    low, high = (min(values.values()), max(values.values())) if values else (0.0, 0.0)
    colours = {}
    for run in runs:
        share = _share(values[run.name], low, high) if run.name in values else None
        hue = 0 if share is None else round(_BLUE + (_RED - _BLUE) * share)
        colours[run.name] = _GREY if share is None else f"hsl({hue} 75% 52%)"
    return colours


def draw_curves(series: Mapping[str, Points], colours: Mapping[str, str]) -> Chart | None:
    """Return the learning curves of runs (x and y in each point), None without a point."""
    points = [point for curve in series.values() for point in curve]
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low_x, high_x, low_y, high_y = min(xs), max(xs), min(ys), max(ys)
    lines = [
        Line(
            name,
            " ".join(
                f"{_place_x(_share(x, low_x, high_x)):.1f},{_place_y(_share(y, low_y, high_y)):.1f}"
                for x, y in curve
            ),
            colours.get(name, _GREY),
        )
        for name, curve in series.items()
        if curve
    ]
    return Chart(lines, bounds=[format_value(value) for value in (low_x, high_x, low_y, high_y)])


def draw_parallel(
    runs: Sequence[Run], metric: str | None, colours: Mapping[str, str]
) -> Chart | None:
    """Return the parallel coordinates of what differs between runs, the metric last.

    None if nothing differs. At most seven parameters are shown.
    """
    names = [name for name in _list_varying(runs) if name != metric][: _MAX_AXES - 1]
    if metric is not None:
        names.append(metric)
    if len(names) < 2:
        return None
    places = {name: _scale_axis([read_cell(run, name) for run in runs]) for name in names}
    step = (WIDTH - 2 * _LEFT) / (len(names) - 1)
    axes = [
        Axis(_LEFT + step * index, name, places[name][1], places[name][2])
        for index, name in enumerate(names)
    ]
    lines = []
    for number, run in enumerate(runs):
        shares = [places[name][0][number] for name in names]
        points = " ".join(
            f"{axis.x:.1f},{_place_y(share):.1f}"
            for axis, share in zip(axes, shares, strict=True)
            if share is not None
        )
        lines.append(Line(run.name, points, colours.get(run.name, _GREY)))
    return Chart(lines, axes)


def _list_varying(runs: Sequence[Run]) -> list[str]:
    """Return the names of the parameters that have several values, the most varied first."""
    values: dict[str, set[Value]] = {}
    for run in runs:
        for name, value in run.parameters.items():
            values.setdefault(name, set()).add(value)
    varying = [name for name, found in values.items() if len(found) > 1]
    return sorted(varying, key=lambda name: (-len(values[name]), name))


def _scale_axis(cells: Sequence[Value | None]) -> tuple[list[float | None], str, str]:
    """Return the places of cells from 0 to 1, and the texts at both ends; texts are in order."""
    numbers = [cell for cell in cells if isinstance(cell, float | int)]
    if len(numbers) == sum(cell is not None for cell in cells) and numbers:
        low, high = min(numbers), max(numbers)
        shares = [
            _share(cell, low, high) if isinstance(cell, float | int) else None for cell in cells
        ]
        return shares, format_value(low), format_value(high)
    texts = sorted({str(cell) for cell in cells if cell is not None})
    last = max(1, len(texts) - 1)
    places = [None if cell is None else texts.index(str(cell)) / last for cell in cells]
    return places, texts[0] if texts else "", texts[-1] if texts else ""


def _share(value: float, low: float, high: float) -> float:
    return 0.5 if high == low else (value - low) / (high - low)


def _place_x(share: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * share


def _place_y(share: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share

"""The objective of a tuning job's trials over time, and the best one so far, for an SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 12, 14, 26
_MINUTES, _HOURS = 180.0, 10_800.0


@dataclass(frozen=True)
class Trial:
    """A training job that has a value of its objective, so many seconds after the tuning began."""

    name: str
    seconds: float
    value: float


@dataclass(frozen=True)
class Dot:
    """A trial in the drawing: its place and what to say of it."""

    name: str
    x: float
    y: float
    title: str


@dataclass(frozen=True)
class ProgressChart:
    """Dots of all trials, the line of the best value so far, and the labels of both axes.

    `marks` are heights and texts of the vertical axis, `line` the points of an SVG polyline. `rows`
    say it in words: name, time, value and the best value so far of each trial.
    """

    dots: Sequence[Dot]
    line: str
    marks: Sequence[tuple[float, str]]
    end: str
    rows: Sequence[tuple[str, str, str, str]]


def draw_progress(
    trials: Sequence[Trial], is_better: Callable[[float, float], bool]
) -> ProgressChart | None:
    """Return the chart of trials in the order of their ends, None without any."""
    if not trials:
        return None
    low, high = min(one.value for one in trials), max(one.value for one in trials)
    last = max(one.seconds for one in trials) or 1.0

    def place(one: Trial) -> tuple[float, float]:
        share = 0.5 if high == low else (high - one.value) / (high - low)
        x = _LEFT + (WIDTH - _LEFT - _RIGHT) * one.seconds / last
        return round(x, 1), round(_TOP + (HEIGHT - _TOP - _BOTTOM) * share, 1)

    best, corners = trials[0], [place(trials[0])]
    rows = []
    for one in trials:
        if is_better(one.value, best.value):
            corners += [(place(one)[0], corners[-1][1]), place(one)]
            best = one
        rows.append((one.name, _format(one.seconds), f"{one.value:.6g}", f"{best.value:.6g}"))
    corners.append((WIDTH - _RIGHT, corners[-1][1]))
    dots = [
        Dot(one.name, *place(one), f"{one.name}: {one.value:.6g} after {_format(one.seconds)}")
        for one in trials
    ]
    marks = [(float(HEIGHT - _BOTTOM), f"{low:.4g}"), (float(_TOP), f"{high:.4g}")]
    if high == low:
        marks = [(corners[0][1], f"{low:.4g}")]
    line = " ".join(f"{x:g},{y:g}" for x, y in corners)
    return ProgressChart(dots, line, marks, _format(last), rows)


def _format(seconds: float) -> str:
    if seconds < _MINUTES:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < _HOURS else f"{seconds / 3600:.1f} h"

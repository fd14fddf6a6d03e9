"""What the charts of runs are drawn from: learning curves, and parallel coordinates.

A run has one colour in both: from blue (the lowest value) to red (the highest). The browser draws
them by `console/assets/runs.js`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from local_test.runs.run import Run, Value
from local_test.runs.table import read_cell
from local_test.secret_names import looks_secret

_BLUE, _RED = 220, 5
_MAX_AXES = 8

Curve = tuple[Sequence[float], Sequence[float]]
"""The steps of a learning curve and its values."""


def choose_colours(runs: Sequence[Run], metric: str | None) -> dict[str, str]:
    """Return the colour of each run that has a metric by its name, after the value's rank.

    Ranks tell runs apart where most values are near each other.
    """
    known = [] if metric is None else [(run, run.metrics.get(metric)) for run in runs]
    values = {run.name: value for run, value in known if value is not None and math.isfinite(value)}
    ordered = sorted(set(values.values()))
    ranks = {value: _share(rank, len(ordered) - 1) for rank, value in enumerate(ordered)}
    return {
        name: f"hsl({round(_BLUE + (_RED - _BLUE) * ranks[value])} 75% 52%)"
        for name, value in values.items()
    }


def describe_charts(
    runs: Sequence[Run],
    metric: str | None,
    colours: Mapping[str, str],
    curves: Mapping[str, Curve],
) -> dict[str, Any]:
    """Return the data of both charts as JSON has it; runs are named by their places."""
    return {
        "metric": metric,
        "runs": [{"name": run.display_name, "colour": colours.get(run.name)} for run in runs],
        "curves": [
            {"run": place, **_describe_curve(*curves[run.name])}
            for place, run in enumerate(runs)
            if run.name in curves and curves[run.name][0]
        ],
        "parallel": _describe_parallel(runs, metric),
    }


def _describe_curve(steps: Sequence[float], values: Sequence[float]) -> dict[str, Sequence[float]]:
    """Return a curve without its steps where these are 0, 1, 2 and so on, as most are."""
    plain = steps[-1] == len(steps) - 1 and steps == list(range(len(steps)))
    return {"y": values} if plain else {"x": steps, "y": values}


def _describe_parallel(runs: Sequence[Run], metric: str | None) -> dict[str, Any] | None:
    """Return the parallel coordinates of what differs between runs, the metric last.

    None if nothing differs. At most seven parameters are shown.
    """
    names = [name for name in _list_varying(runs) if name != metric][: _MAX_AXES - 1]
    if metric is not None:
        names.append(metric)
    if len(names) < 2:
        return None
    axes, columns = [], list[Sequence[Value | None]]()
    for name in names:
        cells = [_keep_finite(read_cell(run, name)) for run in runs]
        axis = _describe_axis(name, cells)
        axes.append(axis)
        texts = "categories" in axis
        columns.append([str(cell) if texts and cell is not None else cell for cell in cells])
    return {"axes": axes, "values": [list(row) for row in zip(*columns, strict=True)]}


def _describe_axis(name: str, cells: Sequence[Value | None]) -> dict[str, Any]:
    """Return an axis: the bounds of numbers, or the texts in order where one cell is a text."""
    present = [cell for cell in cells if cell is not None]
    numbers = [cell for cell in present if isinstance(cell, float | int)]
    if numbers and len(numbers) == len(present):
        low, high = min(numbers), max(numbers)
        return {"name": name, "low": low, "high": high if high > low else low + 1}
    return {"name": name, "categories": sorted({str(cell) for cell in present})}


def _list_varying(runs: Sequence[Run]) -> list[str]:
    """Return the names of the parameters that have several values, the most varied first.

    Those that look like secrets are left out.
    """
    values: dict[str, set[Value]] = {}
    for run in runs:
        for name, value in run.parameters.items():
            values.setdefault(name, set()).add(value)
    varying = [name for name, found in values.items() if len(found) > 1 and not looks_secret(name)]
    return sorted(varying, key=lambda name: (-len(values[name]), name))


def _keep_finite(cell: Value | None) -> Value | None:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _share(rank: int, last: int) -> float:
    return rank / last if last else 0.5

"""The report as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from analyzer.explain.explanations import Explanations
from analyzer.explain.partial_dependence import PartialDependence
from analyzer.report.report_content import LocalExample, ReportContent, format_number
from tandem._version import __version__
from tandem.data.arrays import FloatArray
from tandem.report import charts, html_page, sparklines

_SWARM_FEATURES, _SWARM_ROWS = 15, 200


def render_page(content: ReportContent) -> str:
    """Return the page."""
    explanations = content.explanations
    return html_page.render(
        "analyzer.report",
        "report.html.jinja",
        content=content,
        version=__version__,
        number=format_number,
        swarm=None if explanations is None else _draw_swarm(explanations, content.features),
        unit="" if explanations is None else explanations.unit,
        curves=[(curve, _draw_curve(curve, content)) for curve in content.curves],
        widest=[
            max((abs(v) for _, v in each.rows), default=1) or 1 for each in content.importances
        ],
        longest=_find_longest(content.examples),
    )


def _draw_swarm(explanations: Explanations, features: pd.DataFrame) -> Markup:
    """Draw the values of rows for the features that matter most to the first output."""
    order = np.argsort(-np.abs(explanations.global_values[:, 0]), kind="stable")[:_SWARM_FEATURES]
    rows = np.linspace(0, len(features) - 1, min(len(features), _SWARM_ROWS), dtype=np.int64)
    lines = []
    for place in order:
        name = explanations.features[place]
        ranks = _rank(features[name])
        values = explanations.attributions[:, place, 0]
        lines.append((name, [(float(values[row]), float(ranks[row])) for row in rows]))
    return charts.draw_swarm(lines, f"Attribution ({explanations.unit})")


def _rank(column: pd.Series) -> FloatArray:
    """Return how high each value is among all, from 0 to 1; categories have no height."""
    if not pd.api.types.is_numeric_dtype(column):
        return np.full(len(column), 0.5)
    return column.rank(pct=True).fillna(0.5).to_numpy(dtype=np.float64)


def _draw_curve(curve: PartialDependence, content: ReportContent) -> Markup:
    if not curve.numerical:
        label = ", ".join(
            f"{value}: {format_number(float(score))}"
            for value, score in zip(curve.grid, curve.scores[:, 0], strict=True)
        )
        heights = np.round(1000 * (curve.scores[:, 0] - min(0.0, curve.scores[:, 0].min())))
        return sparklines.draw_bars([int(value) for value in heights], label, sparklines.LARGE)
    lines = {
        name: [
            (float(str(value)), float(score))
            for value, score in zip(curve.grid, curve.scores[:, number], strict=True)
        ]
        for number, name in enumerate(content.outputs)
    }
    return charts.draw_curves(lines, curve.feature, "Mean score", mark=None)


def _find_longest(examples: Sequence[LocalExample]) -> float:
    return max((abs(value) for each in examples for *_, value in each.rows), default=1.0) or 1.0

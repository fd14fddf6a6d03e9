"""The report as one self-contained HTML page."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from booster.report.figures import Curve, Figures
from tandem.report import charts, html_page

_IMPORTANT = 15


def render_page(facts: dict[str, Any], figures: Figures) -> str:
    """Return the page, from the content of `metrics.json` and the figures."""
    return html_page.render(
        "booster.report",
        "report.html.jinja",
        facts=facts,
        judged_on=figures.judged_on,
        learning=_draw_learning_curves(facts),
        importance=list(facts["importance"].items())[:_IMPORTANT],
        widest=max(facts["importance"].values(), default=1.0),
        contributions=_draw_contributions(figures, facts["features"]),
        agreement=_draw_agreement(figures),
        confusion=_tabulate_confusion(figures),
        roc=_draw_curve(figures.roc, "False positive rate", "True positive rate"),
        precision_recall=_draw_curve(figures.precision_recall, "Recall", "Precision"),
    )


def _draw_learning_curves(facts: dict[str, Any]) -> dict[str, Markup]:
    history = facts["learning_curves"]
    first = next(iter(history.values()))
    return {
        metric: charts.draw_curves(
            {
                name: [(n, _to_float(value)) for n, value in enumerate(metrics[metric])]
                for name, metrics in history.items()
            },
            "Round",
            metric,
            mark=facts["kept_round"],
        )
        for metric in first
    }


def _to_float(value: float | None) -> float:
    return float("nan") if value is None else value


def _draw_contributions(figures: Figures, names: list[str]) -> Markup | None:
    if not figures.explained:
        return None
    rows = [
        (names[e.feature], list(zip(e.contributions.tolist(), e.values.tolist(), strict=True)))
        for e in figures.explained
    ]
    return charts.draw_swarm(rows, "Contribution to the margin")


def _draw_agreement(figures: Figures) -> Markup | None:
    return (
        charts.draw_scatter(figures.agreement, "True", "Predicted") if figures.agreement else None
    )


def _draw_curve(curve: Curve | None, across: str, up: str) -> Markup | None:
    if curve is None:
        return None
    return charts.draw_curves({f"area {curve.area:.4f}": curve.points}, across, up, mark=None)


def _tabulate_confusion(figures: Figures) -> list[tuple[str, list[tuple[int, float]]]] | None:
    if figures.confusion is None:
        return None
    table = []
    for value, row in zip(figures.confusion.classes, figures.confusion.matrix, strict=True):
        total = row.sum() or 1.0
        table.append((f"{value:g}", [(int(cell), float(cell / total)) for cell in row]))
    return table

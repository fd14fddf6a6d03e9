"""The report as one HTML page that needs nothing beside it."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from booster.report.figures import Curve, Figures
from tandem.report import charts, html_page

_IMPORTANT = 15


def render(facts: dict[str, Any], found: Figures) -> str:
    """Render the page from what `metrics.json` holds and the figures to draw."""
    return html_page.render(
        "booster.report",
        "report.html.jinja",
        facts=facts,
        judged_on=found.judged_on,
        learning=_learning(facts),
        importance=list(facts["importance"].items())[:_IMPORTANT],
        widest=max(facts["importance"].values(), default=1.0),
        contributions=_contributions(found, facts["features"]),
        agreement=_agreement(found),
        confusion=_confusion(found),
        roc=_curve(found.roc, "False positive rate", "True positive rate"),
        precision_recall=_curve(found.precision_recall, "Recall", "Precision"),
    )


def _learning(facts: dict[str, Any]) -> dict[str, Markup]:
    history = facts["learning_curves"]
    first = next(iter(history.values()))
    return {
        metric: charts.draw_curves(
            {
                name: [(n, _number(value)) for n, value in enumerate(metrics[metric])]
                for name, metrics in history.items()
            },
            "Round",
            metric,
            mark=facts["kept_round"],
        )
        for metric in first
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _contributions(found: Figures, names: list[str]) -> Markup | None:
    if not found.explained:
        return None
    rows = [
        (names[e.feature], list(zip(e.contributions.tolist(), e.values.tolist(), strict=True)))
        for e in found.explained
    ]
    return charts.draw_swarm(rows, "Contribution to the margin")


def _agreement(found: Figures) -> Markup | None:
    return charts.draw_scatter(found.agreement, "True", "Predicted") if found.agreement else None


def _curve(curve: Curve | None, across: str, up: str) -> Markup | None:
    if curve is None:
        return None
    return charts.draw_curves({f"area {curve.area:.4f}": curve.points}, across, up, mark=None)


def _confusion(found: Figures) -> list[tuple[str, list[tuple[int, float]]]] | None:
    if found.confusion is None:
        return None
    table = []
    for value, row in zip(found.confusion.classes, found.confusion.matrix, strict=True):
        total = row.sum() or 1.0
        table.append((f"{value:g}", [(int(cell), float(cell / total)) for cell in row]))
    return table

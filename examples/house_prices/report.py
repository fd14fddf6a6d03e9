"""The report of a run: one HTML page that needs nothing else, and its figures as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, select_autoescape

from examples.house_prices.charts import draw_scatter, make_error_axis, make_price_axis
from examples.house_prices.figures import Scores


@dataclass(frozen=True)
class Run:
    """What a run of the demo found out; `stages` maps a stage's name to its seconds."""

    engine: str
    reason: str
    version: str
    scores: Scores
    true: Sequence[float]
    predicted: Sequence[float]
    names: Sequence[str]
    importances: Sequence[tuple[str, float]]
    stages: Mapping[str, float]
    latency_ms: float
    hyperparameters: Mapping[str, Mapping[str, str]]


def write_report(run: Run, folder: Path) -> Path:
    """Write `report.html`, `report.json` and `predictions.csv`; gives the page's path."""
    (folder / "report.json").write_text(json.dumps(_draw_figures(run), indent=2) + "\n")
    with (folder / "predictions.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["Id", "true", "predicted"])
        rows.writerows(zip(run.names, run.true, run.predicted, strict=True))
    page = folder / "report.html"
    page.write_text(_draw_page(run), encoding="utf-8")
    return page


def _draw_figures(run: Run) -> dict[str, object]:
    return {
        "engine": run.engine,
        "version": run.version,
        "rows": len(run.true),
        "rmse_log": round(run.scores.rmse_log, 6),
        "r2": round(run.scores.r2, 6),
        "median_error": round(run.scores.median_error, 2),
        "median_share": round(run.scores.median_share, 6),
        "mean_error": round(run.scores.mean_error, 2),
        "latency_ms": round(run.latency_ms, 3),
        "stages": {name: round(seconds, 3) for name, seconds in run.stages.items()},
    }


def _draw_page(run: Run) -> str:
    loader = FileSystemLoader(Path(__file__).parent)
    pages = Environment(loader=loader, autoescape=select_autoescape())
    houses = list(zip(run.names, run.true, run.predicted, strict=True))
    worst = sorted(houses, key=lambda house: -abs(np.log(house[2] / house[1])))
    return pages.get_template("report.html.jinja").render(
        run=run,
        houses=houses,
        worst=worst[:10],
        widest=max(share for _, share in run.importances),
        agreement=_draw_agreement(houses),
        residuals=_draw_residuals(houses),
    )


House = tuple[str, float, float]


def _draw_agreement(houses: Sequence[House]) -> str:
    prices = [price for _, true, predicted in houses for price in (true, predicted)]
    across, up = make_price_axis("True price", prices), make_price_axis("Predicted price", prices)
    points = [
        (float(np.log(t)), float(np.log(p)), _describe_house(name, t, p)) for name, t, p in houses
    ]
    return draw_scatter(points, across, up, ((across.low, across.low), (across.high, across.high)))


def _draw_residuals(houses: Sequence[House]) -> str:
    across = make_price_axis("Predicted price", [predicted for _, _, predicted in houses])
    up = make_error_axis("Prediction over the truth", [p / t - 1 for _, t, p in houses])
    points = [(float(np.log(p)), p / t - 1, _describe_house(name, t, p)) for name, t, p in houses]
    return draw_scatter(points, across, up, ((across.low, 0.0), (across.high, 0.0)))


def _describe_house(name: str, true: float, predicted: float) -> str:
    return f"House {name}: true ${true:,.0f}, predicted ${predicted:,.0f}"

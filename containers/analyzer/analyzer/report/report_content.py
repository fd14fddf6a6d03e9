"""What a report has: tables of bias metrics, importances, examples and curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analyzer.bias.bias_report import POST_TRAINING, PRE_TRAINING
from analyzer.explain.explanations import Explanations
from analyzer.explain.partial_dependence import PartialDependence

AGGREGATIONS = {
    "mean_abs": "Mean of absolute values",
    "median": "Median",
    "mean_sq": "Mean of squares",
}
_METHODS = {
    "kernel_shap": "Kernel SHAP values, from predictions of rows mixed with those of a baseline.",
    "tree_shap": "Exact TreeSHAP values, which the model computes itself.",
}
_FEATURES, _EXAMPLE_FEATURES = 20, 10


@dataclass(frozen=True)
class MetricRow:
    """A bias metric of a table: its value as text, and what it means or why it is undefined."""

    name: str
    value: str
    meaning: str
    failed: bool


@dataclass(frozen=True)
class BiasTable:
    """The bias metrics of one group of a facet."""

    stage: str
    facet: str
    group: str
    label: str
    rows: Sequence[MetricRow]


@dataclass(frozen=True)
class Importance:
    """The global SHAP values of one output, largest first."""

    output: str
    rows: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class LocalExample:
    """The attributions of one row for one output: (feature, its value, attribution)."""

    title: str
    expected: float
    total: float
    rows: Sequence[tuple[str, str, float]]


@dataclass(frozen=True)
class ReportContent:
    """All parts of a report."""

    title: str
    lead: str
    tables: Sequence[BiasTable] = ()
    importances: Sequence[Importance] = ()
    aggregation: str = ""
    examples: Sequence[LocalExample] = ()
    curves: Sequence[PartialDependence] = ()
    outputs: Sequence[str] = ()
    explanations: Explanations | None = None
    features: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def method(self) -> str:
        """A sentence on how the attributions were computed and their unit, "" without any."""
        if self.explanations is None:
            return ""
        how = _METHODS[self.explanations.method]
        return f"{how} Their unit is {self.explanations.unit}."


def list_bias_tables(analysis: Mapping[str, Any]) -> list[BiasTable]:
    """Return the tables of the bias metrics of `analysis.json`."""
    tables = []
    for stage, registry, section in (
        ("Pre-training", PRE_TRAINING, analysis.get("pre_training_bias_metrics")),
        ("Post-training", POST_TRAINING, analysis.get("post_training_bias_metrics")),
    ):
        if section is None:
            continue
        label = f"{section['label']} = {section['label_value_or_threshold']}"
        for facet, groups in section["facets"].items():
            for group in groups:
                rows = [
                    _make_row(metric, registry[metric["name"]].meaning)
                    for metric in group["metrics"]
                ]
                tables.append(BiasTable(stage, facet, group["value_or_threshold"], label, rows))
    return tables


def list_importances(explanations: Explanations) -> list[Importance]:
    """Return the features with the largest global SHAP values of each output."""
    importances = []
    for number, output in enumerate(explanations.outputs):
        values = explanations.global_values[:, number]
        order = np.argsort(-np.abs(values), kind="stable")[:_FEATURES]
        most = float(np.abs(values).max(initial=0.0))
        rows = [
            (explanations.features[place], _round_off(float(values[place]), most))
            for place in order
        ]
        importances.append(Importance(output, rows))
    return importances


def list_examples(explanations: Explanations, features: pd.DataFrame) -> list[LocalExample]:
    """Return the rows with the highest, the median and the lowest score of the first output."""
    totals = explanations.attributions[:, :, 0].sum(axis=1) + explanations.expected[0]
    order = np.argsort(totals, kind="stable")
    chosen = {
        "Highest score": int(order[-1]),
        "Median score": int(order[len(order) // 2]),
        "Lowest score": int(order[0]),
    }
    return [
        _make_example(f"{title}: row {row + 1}", row, float(totals[row]), explanations, features)
        for title, row in chosen.items()
    ]


def format_number(value: float) -> str:
    """Return a number with four significant digits."""
    return f"{value:.4g}"


def _make_example(
    title: str, row: int, total: float, explanations: Explanations, features: pd.DataFrame
) -> LocalExample:
    values = explanations.attributions[row, :, 0]
    order = np.argsort(-np.abs(values), kind="stable")[:_EXAMPLE_FEATURES]
    rows = [
        (
            explanations.features[place],
            _format_cell(features[explanations.features[place]].iloc[row]),
            _round_off(float(values[place]), abs(total)),
        )
        for place in order
    ]
    return LocalExample(title, float(explanations.expected[0]), total, rows)


def _format_cell(cell: object) -> str:
    return "missing" if cell is None or cell is pd.NA or cell != cell else str(cell)  # noqa: PLR0124


def _round_off(value: float, scale: float) -> float:
    """Return 0 for what is left of sums that cancel out."""
    return 0.0 if abs(value) < 1e-12 * max(scale, 1.0) else value


def _make_row(metric: Mapping[str, Any], meaning: str) -> MetricRow:
    name, value = str(metric["description"]), metric["value"]
    if value is None:
        return MetricRow(name, "n/a", str(metric["error"]), failed=True)
    text = value if isinstance(value, str) else format_number(float(value))
    return MetricRow(name, text, meaning, failed=False)

"""Bias metrics of facets, as the sections of `analysis.json`.

Source: Developer Guide, "Analysis Results", and the answers of `smclarify` 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from analyzer.bias import posttraining, pretraining
from analyzer.bias.bias_errors import UndefinedBias
from analyzer.bias.bias_metric import BiasMetric
from analyzer.bias.column_selection import (
    Scalar,
    Selection,
    is_continuous,
    list_values,
    select_rows,
)
from analyzer.bias.compared_groups import ComparedGroups

PRE_TRAINING = {metric.name: metric for metric in pretraining.METRICS}
POST_TRAINING = {metric.name: metric for metric in posttraining.METRICS}


@dataclass(frozen=True)
class Facet:
    """A column to examine; without `selected` each of its values is compared with the others."""

    name: str
    selected: Sequence[Scalar] = ()


@dataclass(frozen=True)
class LabeledData:
    """The data of a bias analysis.

    `columns` holds the facets and features, each with one value a row, `label` and `predicted`
    the labels, `positive` the values or the threshold that mean a positive outcome.
    """

    columns: pd.DataFrame
    label: pd.Series
    positive: Sequence[Scalar]
    predicted: pd.Series | None = None
    groups: pd.Series | None = None

    def select_positive(self) -> Selection:
        """Select the rows with a positive label."""
        return select_rows(self.label, self.positive)

    def select_predicted(self) -> Selection:
        """Select the rows with a positive predicted label.

        Raises `UndefinedBias` when there is none, or its type differs from the label's.
        """
        predicted = self.predicted
        if predicted is None:
            raise UndefinedBias("no predicted labels")
        highest: float | None = None
        if is_continuous(self.label, self.positive):
            predicted = pd.to_numeric(predicted).astype("float64")
            highest = float(pd.to_numeric(self.label).max())
        elif is_continuous(predicted, self.positive):
            predicted = predicted.astype(object)
        selection = select_rows(predicted, self.positive, highest=highest)
        if not selection.rows.any():
            raise UndefinedBias(
                "no predicted label is positive",
                remedy="Check label_values_or_threshold and the predicted labels.",
            )
        return selection


class FacetGroups(NamedTuple):
    """The rows of one group of a facet against all others."""

    facet: str
    group: str
    groups: ComparedGroups


def split_facets(
    data: LabeledData, facets: Sequence[Facet], *, predictions: bool
) -> Iterator[FacetGroups]:
    """Yield each group of each facet; with `predictions` the groups have predicted labels.

    Raises `UndefinedBias` when a continuous facet has no threshold.
    """
    label = data.select_positive().rows
    predicted = data.select_predicted().rows if predictions else None
    for facet in facets:
        column = data.columns[facet.name]
        features = data.columns.drop(columns=facet.name)
        each = [facet.selected]
        if not facet.selected and not is_continuous(column, ()):
            each = [[value] for value in list_values(column)]
        for values in each:
            selection = select_rows(column, values)
            groups = ComparedGroups(selection.rows, label, predicted, data.groups, features)
            yield FacetGroups(facet.name, selection.description, groups)


def report_pre_training(
    data: LabeledData, facets: Sequence[Facet], metrics: Sequence[BiasMetric]
) -> dict[str, object]:
    """Compute pre-training metrics of each facet, as `pre_training_bias_metrics`."""
    return _report(data, metrics, split_facets(data, facets, predictions=False))


def report_post_training(
    data: LabeledData, facets: Sequence[Facet], metrics: Sequence[BiasMetric]
) -> dict[str, object]:
    """Compute post-training metrics of each facet, as `post_training_bias_metrics`."""
    return _report(data, metrics, split_facets(data, facets, predictions=True))


def choose_metrics(
    registry: Mapping[str, BiasMetric], names: str | Sequence[str]
) -> list[BiasMetric]:
    """Return the named metrics in the order of their names; `all` names all of them.

    Raises `UserError` when a name is unknown.
    """
    chosen = [names] if isinstance(names, str) else list(names)
    if chosen == ["all"]:
        chosen = list(registry)
    for name in chosen:
        if name not in registry:
            raise UndefinedBias(
                f"unknown bias metric {name!r}",
                remedy=f"Use 'all' or any of {', '.join(registry)}.",
            )
    return [registry[name] for name in sorted(set(chosen))]


def _report(
    data: LabeledData, metrics: Sequence[BiasMetric], splits: Iterable[FacetGroups]
) -> dict[str, object]:
    facets: dict[str, list[dict[str, object]]] = {}
    for split in splits:
        computed = [_compute(metric, split.groups) for metric in metrics]
        entry: dict[str, object] = {"value_or_threshold": split.group, "metrics": computed}
        facets.setdefault(split.facet, []).append(entry)
    return {
        "label": str(data.label.name),
        "label_value_or_threshold": data.select_positive().description,
        "facets": facets,
    }


def _compute(metric: BiasMetric, groups: ComparedGroups) -> dict[str, object]:
    entry: dict[str, object] = {"name": metric.name, "description": metric.description}
    try:
        value = metric.compute(groups)
    except UndefinedBias as error:
        return {**entry, "value": None, "error": f"{metric.name}: {error}"}
    return {**entry, "value": _format_infinity(value)}


def _format_infinity(value: float) -> float | str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value

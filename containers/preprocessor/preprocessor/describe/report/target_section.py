"""The report's section on the target: its distribution, or its classes with their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from preprocessor.describe.report import column_charts
from preprocessor.recipe.definition import Recipe
from preprocessor.recipe.target_transform import SCALES, TargetTransform
from tandem.baseline.column_profile import ColumnProfile
from tandem.data.text.canonical_form import normalize_word
from tandem.errors import Location
from tandem.report import sparklines

_MOST_CLASSES = 30
_QUARTERS = {"min": 0, "25th percentile": 0.25, "median": 0.5, "75th percentile": 0.75, "max": 1}


@dataclass(frozen=True)
class TargetClass:
    """A class: its label in the booster, its name, and its number and share of rows."""

    number: int
    name: str
    rows: int
    share: float


@dataclass(frozen=True)
class TargetSection:
    """The target's section; `classes` are the first of `all_classes`.

    `learnt` describes the label that a booster learns.
    """

    name: str
    learnt: str
    missing: int
    figures: dict[str, str]
    picture: Markup | None
    classes: Sequence[TargetClass]
    all_classes: int


def describe_target(column: ColumnProfile, recipe: Recipe) -> TargetSection:
    """Describe the target of a fitted recipe."""
    names = recipe.classes or ()
    total = max(1, column.rows - column.absent)
    counts: Counter[str] = Counter()
    for cell, count in column.counts.items():
        counts[normalize_word(cell)] += count
    classes = [
        TargetClass(
            number, name, counts[normalize_word(name)], counts[normalize_word(name)] / total
        )
        for number, name in enumerate(names[:_MOST_CLASSES])
    ]
    shown = column_charts.draw_column(column, as_texts=bool(names), size=sparklines.LARGE)
    figures = {} if names else _describe_numbers(column)
    return TargetSection(
        column.name,
        _describe_label(column, recipe),
        column.absent,
        figures,
        shown.picture,
        classes,
        len(names),
    )


def _describe_label(column: ColumnProfile, recipe: Recipe) -> str:
    """Return how a value becomes a label, and the range of the labels."""
    if recipe.classes:
        return f"{len(recipe.classes)} classes: a booster learns a class by its number"
    terms = recipe.terms
    words = SCALES[terms.scale].words.format(*map(column_charts.format_number, terms.numbers))
    sentence = f"number, target_scale {terms.scale}: a booster learns {words}"
    values = column.numbers
    if terms.scale == TargetTransform.scale or values is None or not len(values):
        return sentence
    labels = terms.to_labels(values, lambda _: Location())
    low, high = map(column_charts.format_number, (labels.min(), labels.max()))
    return f"{sentence}, {low} to {high}"


def _describe_numbers(column: ColumnProfile) -> dict[str, str]:
    spread = column.spread
    if not spread:
        return {}
    at = np.array([*_QUARTERS.values()])
    figures = dict(zip(_QUARTERS, spread.quantiles(at).tolist(), strict=True))
    figures["mean"] = spread.mean
    return {name: column_charts.format_number(value) for name, value in figures.items()}

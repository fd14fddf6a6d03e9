"""The column to predict: its distribution, or its classes with their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from preprocessor.describe.column_profile import Profile
from preprocessor.describe.report import sparklines
from preprocessor.recipe.definition import Recipe
from preprocessor.recipe.target_transform import SCALES, Terms
from tandem.data.text.canonical_form import spelled
from tandem.errors import Where
from tandem.report import sparklines as sparks

_MOST_CLASSES = 30
_QUARTERS = {"least": 0, "first quarter": 0.25, "median": 0.5, "third quarter": 0.75, "greatest": 1}


@dataclass(frozen=True)
class Class:
    """A class: the number a booster knows it by, its name, and how many rows have it."""

    number: int
    name: str
    rows: int
    share: float


@dataclass(frozen=True)
class Target:
    """What there is to show of the target; `classes` are the first ones, of `all_classes`.

    `learnt` says what a booster is given of it.
    """

    name: str
    learnt: str
    missing: int
    figures: dict[str, str]
    picture: Markup | None
    classes: Sequence[Class]
    all_classes: int


def described(column: Profile, finished: Recipe) -> Target:
    """Describe the target of a fitted recipe."""
    names = finished.classes or ()
    total = max(1, column.rows - column.absent)
    counts: Counter[str] = Counter()
    for cell, count in column.counts.items():
        counts[spelled(cell)] += count
    classes = [
        Class(number, name, counts[spelled(name)], counts[spelled(name)] / total)
        for number, name in enumerate(names[:_MOST_CLASSES])
    ]
    shown = sparklines.of(column, as_texts=bool(names), size=sparks.LARGE)
    figures = {} if names else _figures(column)
    return Target(
        column.name,
        _learnt(column, finished),
        column.absent,
        figures,
        shown.picture,
        classes,
        len(names),
    )


def _learnt(column: Profile, finished: Recipe) -> str:
    """Say what becomes of a value on its way to a booster, and between which limits that lies."""
    if finished.classes:
        return f"{len(finished.classes)} classes: a booster learns a class by its number"
    terms = finished.terms
    words = SCALES[terms.scale].words.format(*map(sparklines.figure, terms.numbers))
    sentence = f"number, target_scale {terms.scale}: a booster learns {words}"
    values = column.numbers
    if terms.scale == Terms.scale or values is None or not len(values):
        return sentence
    labels = terms.labels(values, lambda _: Where())
    return f"{sentence}, {sparklines.figure(labels.min())} to {sparklines.figure(labels.max())}"


def _figures(column: Profile) -> dict[str, str]:
    spread = column.spread
    if not spread:
        return {}
    at = np.array([*_QUARTERS.values()])
    found = dict(zip(_QUARTERS, spread.quantiles(at).tolist(), strict=True))
    found["mean"] = spread.mean
    return {name: sparklines.figure(value) for name, value in found.items()}

"""The column to predict: its distribution, or its classes with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from preprocessor.profile import Profile
from preprocessor.recipe import Recipe
from preprocessor.report import pictures
from tandem.report import sparks

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
    """What there is to show of the target; `classes` are the first ones, of `all_classes`."""

    name: str
    missing: int
    figures: dict[str, str]
    picture: Markup | None
    classes: Sequence[Class]
    all_classes: int


def described(column: Profile, finished: Recipe) -> Target:
    """Describe the target of a fitted recipe."""
    names = finished.classes or ()
    total = max(1, column.rows - column.absent)
    classes = [
        Class(number, name, column.counts[name], column.counts[name] / total)
        for number, name in enumerate(names[:_MOST_CLASSES])
    ]
    shown = pictures.of(column, as_texts=bool(names), size=sparks.LARGE)
    figures = {} if names else _figures(column)
    return Target(column.name, column.absent, figures, shown.picture, classes, len(names))


def _figures(column: Profile) -> dict[str, str]:
    spread = column.spread
    if not spread:
        return {}
    at = np.array([*_QUARTERS.values()])
    found = dict(zip(_QUARTERS, spread.quantiles(at).tolist(), strict=True))
    found["mean"] = spread.mean
    return {name: pictures.figure(value) for name, value in found.items()}

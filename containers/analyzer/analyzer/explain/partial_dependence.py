"""Partial dependence: the mean score of a model where all rows have the same value of a feature.

Source: Developer Guide, "Partial Dependence Plots (PDPs) Analysis".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyzer.explain.kernel_shap import Model
from tandem.data.arrays import FloatArray

# Rows that the scores are averaged over at most.
_MOST_ROWS = 1000


@dataclass(frozen=True)
class PartialDependence:
    """The curve of one feature: `scores` of shape (grid, outputs), `shares` of rows a value."""

    feature: str
    numerical: bool
    grid: list[object]
    shares: FloatArray
    scores: FloatArray


def compute_partial_dependence(
    model: Model, features: pd.DataFrame, name: str, resolution: int, seed: int | None
) -> PartialDependence:
    """Compute the curve of a feature: numbers at `resolution` steps of their range, else values."""
    column = features[name]
    numerical = bool(pd.api.types.is_numeric_dtype(column)) and not pd.api.types.is_bool_dtype(
        column
    )
    values, shares = _make_grid(column, resolution) if numerical else _count_values(column)
    rows = features
    if len(rows) > _MOST_ROWS:
        rows = rows.sample(_MOST_ROWS, random_state=seed)
    cells = rows.astype(object).to_numpy(dtype=object)
    place = list(features.columns).index(name)
    scores = []
    for value in values:
        changed = cells.copy()
        changed[:, place] = value
        scores.append(np.asarray(model(changed)).mean(axis=0))
    return PartialDependence(name, numerical, values, shares, np.array(scores))


def _make_grid(column: pd.Series, resolution: int) -> tuple[list[object], FloatArray]:
    numbers = column.dropna().to_numpy(dtype=np.float64)
    if not numbers.size:
        return [], np.zeros(0)
    grid = np.linspace(numbers.min(), numbers.max(), resolution)
    if pd.api.types.is_integer_dtype(column):
        grid = np.unique(grid.round())
    nearest = np.abs(numbers[:, None] - grid[None, :]).argmin(axis=1)
    shares = np.bincount(nearest, minlength=len(grid)) / len(numbers)
    if pd.api.types.is_integer_dtype(column):
        return [int(value) for value in grid], shares
    return [float(value) for value in grid], shares


def _count_values(column: pd.Series) -> tuple[list[object], FloatArray]:
    counts = column.value_counts(sort=True)
    return list(counts.index), counts.to_numpy(dtype=np.float64) / int(counts.sum())

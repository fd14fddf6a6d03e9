"""Column profiles of the training data."""

from __future__ import annotations

from preprocessor.data.training_data import TrainingData
from preprocessor.recipe.definition import Recipe
from tandem.baseline.column_profile import ColumnProfile


def apply_formats(
    profiles: list[ColumnProfile], data: TrainingData, recipe: Recipe
) -> list[ColumnProfile]:
    """Return the profiles with formatted numbers as plain digits, for the report."""
    missing = frozenset({"", *recipe.missing_values})
    formats = {column.name: column.format for column in recipe.columns if column.format}
    if recipe.target is not None and recipe.target_format:
        formats[recipe.target] = recipe.target_format
    return [
        ColumnProfile(each.name, data.summarize(each.name, missing, formats[each.name]))
        if each.name in formats
        else each
        for each in profiles
    ]


def build_profiles(data: TrainingData, recipe: Recipe) -> list[ColumnProfile]:
    """Return the profiles of the target, if there is one, and of each input column."""
    missing = frozenset({"", *recipe.missing_values})
    names = [column.name for column in recipe.columns]
    profiles = [ColumnProfile(name, data.summarize(name, missing)) for name in names]
    if recipe.target is None:
        return profiles
    target = data.summarize(recipe.target, missing)
    if recipe.target_lower:
        target = target.respell(str.lower)
    return [ColumnProfile(recipe.target, target), *profiles]

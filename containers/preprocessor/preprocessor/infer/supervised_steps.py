"""Supervised steps: the target they learn from, and the check that it is present."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.data.training_data import TrainingData
from preprocessor.recipe.definition import Recipe
from preprocessor.transforms.steps import STEPS
from tandem.data.tables import Table
from tandem.errors import BadData, Location, UserError


def find_supervised_step(recipe: Recipe) -> tuple[str, str] | None:
    """Return the first supervised step and a column it treats, or None."""
    for block in recipe.blocks:
        for applied in block.chain.steps:
            if STEPS[applied.step].supervised:
                return applied.step, block.columns[0]
    return None


def check_target_present(data: TrainingData, recipe: Recipe) -> None:
    """Check that the target of supervised steps is present in every row.

    Raises UserError when there is no target. Raises BadData when a row has none.
    """
    supervised = find_supervised_step(recipe)
    if supervised is None:
        return
    step, column = supervised
    who = f"step '{step}' of column '{column}' learns from the target"
    if recipe.target is None:
        raise UserError(f"{who}, and there is none", remedy="Name it in hyperparameter 'target'")
    missing = frozenset({"", *recipe.missing_values})
    if data.summarize(recipe.target, missing).absent:
        location = data.find_cell(recipe.target, lambda cell: cell.strip() in missing)
        raise BadData(f"{who}, and it is missing", where=location, remedy="Leave the row out")


def encode_target(recipe: Recipe, table: Table) -> NDArray[Any] | None:
    """Return the target of supervised steps, shape (rows,), or None when there is no such step.

    Numbers are float64 on the target's scale; of two classes 0.0 and 1.0; of more, their names.
    """
    if find_supervised_step(recipe) is None or table.label is None:
        return None
    if recipe.classes is None:
        values = np.asarray(table.label, dtype=np.float64)
        return recipe.terms.to_labels(values, lambda row: Location(row=row + 1))
    if len(recipe.classes) == 2:
        return np.asarray(table.label == recipe.classes[1], dtype=np.float64)
    names: NDArray[Any] = table.label.astype(str)
    return names

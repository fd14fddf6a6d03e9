"""Recipes fitted in this process, on rows as a raw file holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from preprocessor.data.channel_records import ChannelRecords
from preprocessor.fit import sklearn_parity
from preprocessor.fit.recipe_fit import FittedRecipe, fit_recipe
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.plan import fitted_transform, training_rows
from preprocessor.plan.fitted_transform import ReplayBlock
from preprocessor.plan.sklearn_block import SklearnBlock
from preprocessor.recipe.recipe_request import merge_request
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.tables import Records, Table


def fit_rows(
    names: Sequence[str], rows: Sequence[tuple[str, ...]], **hyperparameters: str
) -> tuple[FittedRecipe, Table]:
    """Fit rows whose last column, `price`, is the target; gives the training table too."""
    records = Records(rows, tuple(names))
    values = resolve_hyperparameters(SCHEMA, {"target": "price", **hyperparameters})
    recipe = build_recipe(ChannelRecords(tuple(names), (records,)), merge_request(values))
    table = recipe.build_schema().to_table(records)
    return fit_recipe(recipe, table), table


def fit_column(cells: Sequence[str], treatment: Mapping[str, object]) -> tuple[FittedRecipe, Table]:
    """Fit one column `x`."""
    rows = [(cell, "1") for cell in cells]
    return fit_rows(("x", "price"), rows, columns=json.dumps({"x": treatment}))


def is_replayed(done: FittedRecipe) -> bool:
    """Say whether plain arrays serve every block, and scikit-learn none."""
    return all(isinstance(block, ReplayBlock) for block in done.plan.blocks)


def make_hostile_rows(done: FittedRecipe) -> Table:
    """Give rows no training set would hold."""
    return sklearn_parity.build_hostile_rows(done.recipe.build_schema())


def reload_plan(done: FittedRecipe, folder: Path) -> fitted_transform.Plan:
    """Write the plan as `train` does, and load it as `serve` does."""
    for block in done.plan.blocks:
        if isinstance(block, SklearnBlock):
            (folder / block.file).write_bytes(block.to_bytes())
    if done.plan.rows:
        (folder / training_rows.NAME).write_bytes(done.plan.rows.to_bytes())
    return fitted_transform.from_json(json.loads(done.plan.to_json()), folder)

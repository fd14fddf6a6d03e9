"""Recipes fitted in this process, on rows as a raw file holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from preprocessor.data.channel_records import ChannelRecords
from preprocessor.fit import sklearn_parity
from preprocessor.fit.recipe_fit import Fitted, fit
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.plan import fitted_transform, training_rows
from preprocessor.plan.fitted_transform import PlanBlock
from preprocessor.plan.sklearn_block import FittedBlock
from preprocessor.recipe.recipe_request import asked
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.tables import Records, Table


def fitted(
    names: Sequence[str], rows: Sequence[tuple[str, ...]], **hyperparameters: str
) -> tuple[Fitted, Table]:
    """Fit rows whose last column, `price`, is the target; gives the training table too."""
    records = Records(rows, tuple(names))
    values = resolve_hyperparameters(SCHEMA, {"target": "price", **hyperparameters})
    recipe = build_recipe(ChannelRecords(tuple(names), (records,)), asked(values))
    table = recipe.schema().to_table(records)
    return fit(recipe, table), table


def fitted_column(cells: Sequence[str], treatment: Mapping[str, object]) -> tuple[Fitted, Table]:
    """Fit one column `x`."""
    rows = [(cell, "1") for cell in cells]
    return fitted(("x", "price"), rows, columns=json.dumps({"x": treatment}))


def replayed(done: Fitted) -> bool:
    """Say whether plain arrays serve every block, and scikit-learn none."""
    return all(isinstance(block, PlanBlock) for block in done.plan.blocks)


def hostile(done: Fitted) -> Table:
    """Give rows no training set would hold."""
    return sklearn_parity.hostile(done.recipe.schema())


def reloaded(done: Fitted, folder: Path) -> fitted_transform.Plan:
    """Write the plan as `train` does, and load it as `serve` does."""
    for block in done.plan.blocks:
        if isinstance(block, FittedBlock):
            (folder / block.file).write_bytes(block.contents())
    if done.plan.rows:
        (folder / training_rows.NAME).write_bytes(done.plan.rows.contents())
    return fitted_transform.from_json(json.loads(done.plan.to_json()), folder)

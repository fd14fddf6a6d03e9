"""Recipes fitted in this process, on rows as a raw file holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from preprocessor import known, parity, plan
from preprocessor.asking import asked
from preprocessor.deciding import decide
from preprocessor.fallback import FittedBlock
from preprocessor.fitting import Fitted, fit
from preprocessor.hyperparameters import SCHEMA
from preprocessor.plan import PlanBlock
from preprocessor.raw import Raw
from tandem.data.tables import Records, Table
from tandem.hyperparameters import resolve


def fitted(
    names: Sequence[str], rows: Sequence[tuple[str, ...]], **hyperparameters: str
) -> tuple[Fitted, Table]:
    """Fit rows whose last column, `price`, is the target; gives the training table too."""
    records = Records(rows, tuple(names))
    values = resolve(SCHEMA, {"target": "price", **hyperparameters})
    recipe = decide(Raw(tuple(names), (records,)), asked(values))
    table = recipe.schema().table(records)
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
    return parity.hostile(done.recipe.schema())


def reloaded(done: Fitted, folder: Path) -> plan.Plan:
    """Write the plan as `train` does, and load it as `serve` does."""
    for block in done.plan.blocks:
        if isinstance(block, FittedBlock):
            (folder / block.file).write_bytes(block.contents())
    if done.plan.rows:
        (folder / known.NAME).write_bytes(done.plan.rows.contents())
    return plan.from_json(json.loads(done.plan.to_json()), folder)

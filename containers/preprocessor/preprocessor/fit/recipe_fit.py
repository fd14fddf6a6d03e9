"""The fit of a recipe to rows by scikit-learn, and the extraction of its plan."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from preprocessor.data.data_frame import build_frame
from preprocessor.fit import plan_extraction
from preprocessor.fit.column_transformer import build_transformer, fit_transformer
from preprocessor.infer import supervised_steps
from preprocessor.plan.fitted_transform import Plan
from preprocessor.recipe.definition import Recipe
from preprocessor.transforms.custom.code_errors import JobCodeBoundary
from preprocessor.transforms.kernels.arrays import Array
from tandem.data.tables import Table
from tandem.errors import UserError
from tandem.logs import logger


@dataclass(frozen=True)
class FittedRecipe:
    """A fitted ColumnTransformer, the plan that serves in its place, and the finished recipe."""

    transformer: Any
    plan: Plan
    recipe: Recipe


def fit_recipe(recipe: Recipe, table: Table) -> FittedRecipe:
    """Fit a recipe to the training rows.

    Raises UserError when two features have one name, or when scikit-learn rejects the data.
    """
    with log_warnings(), JobCodeBoundary():
        target = supervised_steps.encode_target(recipe, table)
        with translate_refusals():
            whole = build_frame(table, recipe.build_schema())
            transformer = fit_transformer(build_transformer(recipe), whole, target, table.weight)
        return finish_fit(transformer, recipe, table, target)


def finish_fit(
    transformer: Any, recipe: Recipe, table: Table, target: Array | None = None
) -> FittedRecipe:
    """Extract the plan of a fitted ColumnTransformer, verified on the rows of the table."""
    plan = plan_extraction.extract_plan(transformer, recipe, table, target)
    done = replace(
        recipe,
        features=plan_extraction.name_features(transformer, recipe),
        sources=plan_extraction.name_sources(transformer, recipe),
    )
    return FittedRecipe(transformer, plan, done)


@contextmanager
def translate_refusals() -> Iterator[None]:
    """Raise UserError when scikit-learn raises ValueError in the block."""
    try:
        with JobCodeBoundary():
            yield
    except ValueError as error:
        why = str(error).splitlines()[0].rstrip(".")
        raise UserError(
            f"the recipe cannot be fitted to the training data: {why}",
            remedy="Impute what is missing, or change the steps of the columns",
        ) from error


@contextmanager
def log_warnings() -> Iterator[None]:
    """Log each distinct warning of scikit-learn in the block once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for sentence in dict.fromkeys(str(warning.message) for warning in caught):
        logger.warning("scikit-learn: %s", sentence)

"""The recipe as a plain scikit-learn estimator, fitted on a pandas DataFrame."""

from __future__ import annotations

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from preprocessor.recipe.definition import ColumnGroup, Recipe
from preprocessor.recipe.step_chains import AppliedStep
from preprocessor.transforms.options import to_options
from preprocessor.transforms.steps import STEPS


def build_transformer(recipe: Recipe) -> ColumnTransformer:
    """Make the unfitted ColumnTransformer of a recipe: a Pipeline of its steps for each block."""
    classes = len(recipe.classes or ())
    transformers = [(b.name, _build_pipeline(b, classes), list(b.columns)) for b in recipe.blocks]
    # Below this share of filled cells the whole stays sparse: with one sparse block, always.
    return ColumnTransformer(transformers, sparse_threshold=1, verbose_feature_names_out=False)


def _build_pipeline(block: ColumnGroup, classes: int) -> Any:
    steps = [(a.step, _build_estimator(a, classes)) for a in block.chain.steps]
    if any(STEPS[name].named_columns for name, _ in steps):
        for _, estimator in steps[:-1]:
            estimator.set_output(transform="pandas")
    return Pipeline(steps) if steps else "passthrough"


def _build_estimator(applied: AppliedStep, classes: int) -> Any:
    step = STEPS[applied.step]
    return step.set_target_type(step.build_estimator(to_options(applied.options)), classes)

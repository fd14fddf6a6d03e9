"""The recipe as a plain scikit-learn estimator, fitted on a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from preprocessor.recipe.definition import Block, Recipe
from preprocessor.recipe.step_chains import Applied
from preprocessor.transforms.options import typed
from preprocessor.transforms.steps import STEPS
from preprocessor.transforms.steps.step import Array
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table


def build(recipe: Recipe) -> ColumnTransformer:
    """Make the unfitted ColumnTransformer of a recipe: a Pipeline of its steps for each block."""
    classes = len(recipe.classes or ())
    transformers = [(b.name, _estimator(b, classes), list(b.columns)) for b in recipe.blocks]
    # Below this share of filled cells the whole stays sparse: with one sparse block, always.
    return ColumnTransformer(transformers, sparse_threshold=1, verbose_feature_names_out=False)


def _estimator(block: Block, classes: int) -> Any:
    steps = [(a.step, _step(a, classes)) for a in block.chain.steps]
    if any(STEPS[name].named_columns for name, _ in steps):
        for _, estimator in steps[:-1]:
            estimator.set_output(transform="pandas")
    return Pipeline(steps) if steps else "passthrough"


def _step(applied: Applied, classes: int) -> Any:
    step = STEPS[applied.step]
    return step.aimed(step.estimator(typed(applied.options)), classes)


def frame(table: Table, schema: RecordSchema) -> pd.DataFrame:
    """Return a table for scikit-learn: numbers as float64, texts as objects, None for missing."""
    numbers = [field.name for field in schema.fields if field.kind == "number"]
    texts = [field.name for field in schema.fields if field.kind == "text"]
    return pd.concat([columns(table.numbers, numbers), columns(table.texts, texts)], axis=1)


def columns(values: Array, names: Sequence[str]) -> pd.DataFrame:
    """Return an array of one kind as named columns."""
    kept = {name: pd.Series(values[:, i], dtype=values.dtype) for i, name in enumerate(names)}
    return pd.DataFrame(kept, index=range(len(values)))

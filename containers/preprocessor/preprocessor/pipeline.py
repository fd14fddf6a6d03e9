"""The recipe as a plain scikit-learn estimator, fitted on a pandas DataFrame."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer

from preprocessor.recipe import Column, Recipe
from preprocessor.steps import STEPS
from tandem.data.schemas import RecordSchema
from tandem.data.tables import Table

Block = tuple[str, dict[str, str], list[str]]


def blocks(recipe: Recipe) -> list[Block]:
    """Group the used columns by what is done to them: (step, options, names), numbers first."""

    def treatment(column: Column) -> tuple[int, str, str]:
        return (list(STEPS).index(column.step), column.step, repr(sorted(column.options.items())))

    ordered = sorted(recipe.used, key=treatment)
    groups = [list(group) for _, group in groupby(ordered, key=treatment)]
    return [(g[0].step, dict(g[0].options), [column.name for column in g]) for g in groups]


def build(recipe: Recipe) -> Any:
    """Make the unfitted ColumnTransformer of a recipe, one block a treatment."""
    transformers = [
        (f"{step}-{index}", STEPS[step].estimator(options), names)
        for index, (step, options, names) in enumerate(blocks(recipe))
    ]
    return ColumnTransformer(transformers, sparse_threshold=0, verbose_feature_names_out=False)


def frame(table: Table, schema: RecordSchema) -> pd.DataFrame:
    """Give a table as scikit-learn wants it: numbers as float64, texts as objects, None missing."""
    numbers = [field.name for field in schema.fields if field.kind == "number"]
    texts = [field.name for field in schema.fields if field.kind == "text"]
    columns: dict[str, Any] = {name: table.numbers[:, i] for i, name in enumerate(numbers)}
    columns |= {name: pd.Series(table.texts[:, i], dtype=object) for i, name in enumerate(texts)}
    return pd.DataFrame(columns, index=range(len(table)))

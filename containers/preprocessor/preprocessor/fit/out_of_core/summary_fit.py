"""The fit of a recipe to summaries, block by block; some blocks need their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from preprocessor.data.data_frame import build_columns, build_frame
from preprocessor.fit import plan_extraction, recipe_fit
from preprocessor.fit.column_transformer import build_transformer, needs_weights
from preprocessor.fit.out_of_core.learners import LEARNERS, STATELESS, name_estimator
from preprocessor.fit.out_of_core.value_counts import (
    ValueCounts,
    carry_counts,
    count_inputs,
    count_values,
    pad_columns,
)
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.infer import supervised_steps
from preprocessor.infer.type_inference import TypeConflict
from preprocessor.recipe.definition import ColumnGroup, Recipe
from preprocessor.transforms.custom.code_errors import JobCodeBoundary
from preprocessor.transforms.steps import STEPS
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.tables import Table
from tandem.errors import BadData

Gather = Callable[[RecordSchema], Table]
# Rows on which a replay is held against scikit-learn, beside the hostile ones.
_PROOF = 4096


def fit_summaries(
    recipe: Recipe, summaries: Mapping[str, ColumnSummary], gather_rows: Gather
) -> FittedRecipe:
    """Fit a recipe to summaries; `gather_rows` reads the rows of a schema where they are needed.

    Raises UserError as `fit_recipe` does.
    """
    if supervised_steps.find_supervised_step(recipe) or (
        recipe.weight and needs_weights(build_transformer(recipe))
    ):
        return recipe_fit.fit_recipe(recipe, gather_rows(recipe.build_schema()))
    columns = dict(summaries)
    with recipe_fit.log_warnings(), JobCodeBoundary():
        with recipe_fit.translate_refusals():
            fitted = {
                block.name: _fit_from_counts(unfitted, block, columns)
                for block, unfitted in zip(recipe.blocks, _build_pipelines(recipe), strict=True)
            }
            open_ = [block for block in recipe.blocks if fitted[block.name] is None]
            fitted |= _fit_from_rows(recipe, open_, gather_rows)
            sample = _build_sample(recipe, columns)
            transformer = _assemble_transformer(recipe, fitted, sample)
        return recipe_fit.finish_fit(transformer, recipe, sample)


def _build_pipelines(recipe: Recipe) -> list[Any]:
    return [estimator for _, estimator, _ in build_transformer(recipe).transformers]


def _fit_from_counts(pipeline: Any, block: ColumnGroup, summaries: dict[str, ColumnSummary]) -> Any:
    """Return the fitted pipeline of a block, None when it needs rows."""
    steps = [] if pipeline == "passthrough" else pipeline.steps
    kinds = {name_estimator(estimator) for _, estimator in steps}
    value_counts = count_inputs(block, summaries, some=kinds <= STATELESS)
    if value_counts is None or not kinds <= LEARNERS.keys():
        return None if steps else pipeline
    with _locate_refusals(block, value_counts):
        return pipeline if _fit_steps(steps, block, value_counts) else None


@contextmanager
def _locate_refusals(block: ColumnGroup, value_counts: Sequence[ValueCounts]) -> Iterator[None]:
    """Replace an index among distinct values in BadData by the rejected cell."""
    try:
        yield
    except BadData as error:
        row, name = error.where.row, error.where.column
        if row is None or name not in block.columns:
            raise
        cell = value_counts[block.columns.index(name)].values[row - 1]
        raise TypeConflict(error.what, lambda other: other == cell, name, error.remedy) from error


def _fit_steps(steps: list[Any], block: ColumnGroup, value_counts: list[ValueCounts]) -> bool:
    """Fit the steps of a chain in order; return False when a step needs rows."""
    values: Any = build_columns(pad_columns(value_counts), block.columns)
    for index, (name, estimator) in enumerate(steps):
        estimator.fit(values)
        LEARNERS[name_estimator(estimator)](estimator, value_counts)
        if index == len(steps) - 1:
            break
        values = estimator.transform(values)
        next_ = carry_counts(
            np.asarray(values), STEPS[name].find_origins(estimator, len(value_counts)), value_counts
        )
        if next_ is None:
            return False
        value_counts = next_
    return True


def _fit_from_rows(
    recipe: Recipe, blocks: list[ColumnGroup], gather_rows: Gather
) -> dict[str, Any]:
    if not blocks:
        return {}
    names = {name for block in blocks for name in block.columns}
    whole = recipe.build_schema()
    fields = tuple(field for field in whole.fields if field.name in names)
    schema = replace(whole, fields=fields, label=None, weight=None)
    table = gather_rows(schema)
    unfitted = dict(zip((b.name for b in recipe.blocks), _build_pipelines(recipe), strict=True))
    fitted = {}
    for block in blocks:
        source = table.numbers if block.chain.field == "number" else table.texts
        values = build_columns(
            source[:, plan_extraction.find_positions(block, schema)], block.columns
        )
        fitted[block.name] = unfitted[block.name].fit(values)
    return fitted


def _build_sample(recipe: Recipe, summaries: dict[str, ColumnSummary]) -> Table:
    """Return a table whose rows hold distinct values of the columns, at most `_PROOF` each."""
    kinds: dict[str, list[Any]] = {"number": [], "text": []}
    for field in recipe.build_schema().fields:
        value_counts = count_values(summaries[field.name], field.kind)
        values = (
            np.array([*summaries[field.name].counts], object)
            if value_counts is None
            else value_counts.values
        )
        step = max(1, -(-len(values) // _PROOF))
        kinds[field.kind].append(values[::step])
    rows = max(len(values) for group in kinds.values() for values in group)
    return Table(
        _fill_matrix(kinds["number"], rows, np.float64), _fill_matrix(kinds["text"], rows, object)
    )


def _fill_matrix(group: list[Any], rows: int, kind: Any) -> Any:
    matrix = np.empty((rows, len(group)), dtype=kind)
    for index, values in enumerate(group):
        matrix[:, index] = np.resize(values, rows) if len(values) else None
    return matrix


def _assemble_transformer(recipe: Recipe, fitted: Mapping[str, Any], sample: Table) -> Any:
    """Return a fitted ColumnTransformer of the fitted blocks."""
    from sklearn.frozen import FrozenEstimator

    whole = build_transformer(recipe)
    whole.transformers = [
        (name, estimator if estimator == "passthrough" else FrozenEstimator(fitted[name]), names)
        for name, estimator, names in whole.transformers
    ]
    whole.fit(build_frame(next(sample.split(2)), recipe.build_schema()))
    whole.transformers_ = [
        (name, getattr(estimator, "estimator", estimator), names)
        for name, estimator, names in whole.transformers_
    ]
    return whole

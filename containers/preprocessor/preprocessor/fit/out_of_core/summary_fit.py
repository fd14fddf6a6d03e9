"""A recipe fitted to summaries, block by block; a block that needs its rows asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from preprocessor.data.data_frame import columns, frame
from preprocessor.data.summaries.column_summary import ColumnSummary
from preprocessor.fit import plan_extraction, recipe_fit
from preprocessor.fit.column_transformer import build
from preprocessor.fit.out_of_core.learners import LEARNERS, UNLEARNING, name_of
from preprocessor.fit.out_of_core.value_counts import Counted, followed, inputs, of_column, padded
from preprocessor.fit.recipe_fit import Fitted
from preprocessor.infer import sample_weight, supervised_steps
from preprocessor.infer.type_inference import Misfit
from preprocessor.recipe.definition import Block, Recipe
from preprocessor.transforms.custom.code_errors import Blame
from preprocessor.transforms.steps import STEPS
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table
from tandem.errors import BadData

Gather = Callable[[RecordSchema], Table]
# Rows on which a replay is held against scikit-learn, beside the hostile ones.
_PROOF = 4096


def fit(recipe: Recipe, summaries: Mapping[str, ColumnSummary], gather: Gather) -> Fitted:
    """Fit a recipe; `gather` gives the rows of some columns, for the blocks that need them.

    Raises UserError as fitting to rows does.
    """
    if supervised_steps.learner(recipe) or (recipe.weight and sample_weight.wanted(build(recipe))):
        return recipe_fit.fit(recipe, gather(recipe.schema()))
    known = dict(summaries)
    with recipe_fit.remarks(), Blame():
        with recipe_fit.refusals():
            fitted = {
                block.name: _from_counts(unfitted, block, known)
                for block, unfitted in zip(recipe.blocks, _unfitted(recipe), strict=True)
            }
            open_ = [block for block in recipe.blocks if fitted[block.name] is None]
            fitted |= _from_rows(recipe, open_, gather)
            sample = _sample(recipe, known)
            transformer = _assembled(recipe, fitted, sample)
        return recipe_fit.finished(transformer, recipe, sample)


def _unfitted(recipe: Recipe) -> list[Any]:
    return [estimator for _, estimator, _ in build(recipe).transformers]


def _from_counts(pipeline: Any, block: Block, known: dict[str, ColumnSummary]) -> Any:
    """Fit a block's pipeline; None where it needs rows."""
    steps = [] if pipeline == "passthrough" else pipeline.steps
    kinds = {name_of(estimator) for _, estimator in steps}
    counted = inputs(block, known, some=kinds <= UNLEARNING)
    if counted is None or not kinds <= LEARNERS.keys():
        return None if steps else pipeline
    with _refused(block, counted):
        return pipeline if _learnt(steps, block, counted) else None


@contextmanager
def _refused(block: Block, counted: Sequence[Counted]) -> Iterator[None]:
    """Tell the cell that is refused in place of its place among the different values."""
    try:
        yield
    except BadData as error:
        row, name = error.where.row, error.where.column
        if row is None or name not in block.columns:
            raise
        cell = counted[block.columns.index(name)].values[row - 1]
        raise Misfit(error.what, lambda other: other == cell, name, error.remedy) from error


def _learnt(steps: list[Any], block: Block, counted: list[Counted]) -> bool:
    """Fit the steps of a chain one after the other; False where the next one needs rows."""
    values: Any = columns(padded(counted), block.columns)
    for place, (name, estimator) in enumerate(steps):
        estimator.fit(values)
        LEARNERS[name_of(estimator)](estimator, counted)
        if place == len(steps) - 1:
            break
        values = estimator.transform(values)
        next_ = followed(np.asarray(values), STEPS[name].origins(estimator, len(counted)), counted)
        if next_ is None:
            return False
        counted = next_
    return True


def _from_rows(recipe: Recipe, blocks: list[Block], gather: Gather) -> dict[str, Any]:
    if not blocks:
        return {}
    wanted = {name for block in blocks for name in block.columns}
    whole = recipe.schema()
    fields = tuple(field for field in whole.fields if field.name in wanted)
    schema = replace(whole, fields=fields, label=None, weight=None)
    table = gather(schema)
    unfitted = dict(zip((b.name for b in recipe.blocks), _unfitted(recipe), strict=True))
    found = {}
    for block in blocks:
        source = table.numbers if block.chain.field == "number" else table.texts
        values = columns(source[:, plan_extraction.positions(block, schema)], block.columns)
        found[block.name] = unfitted[block.name].fit(values)
    return found


def _sample(recipe: Recipe, known: dict[str, ColumnSummary]) -> Table:
    """Return rows that hold the columns' different values, or some of them, side by side."""
    kinds: dict[str, list[Any]] = {"number": [], "text": []}
    for field in recipe.schema().fields:
        found = of_column(known[field.name], field.kind)
        values = np.array([*known[field.name].counts], object) if found is None else found.values
        step = max(1, -(-len(values) // _PROOF))
        kinds[field.kind].append(values[::step])
    rows = max(len(values) for group in kinds.values() for values in group)
    return Table(_filled(kinds["number"], rows, np.float64), _filled(kinds["text"], rows, object))


def _filled(group: list[Any], rows: int, kind: Any) -> Any:
    matrix = np.empty((rows, len(group)), dtype=kind)
    for place, values in enumerate(group):
        matrix[:, place] = np.resize(values, rows) if len(values) else None
    return matrix


def _assembled(recipe: Recipe, fitted: Mapping[str, Any], sample: Table) -> Any:
    """Put fitted blocks into a fitted ColumnTransformer."""
    from sklearn.frozen import FrozenEstimator

    whole = build(recipe)
    whole.transformers = [
        (name, estimator if estimator == "passthrough" else FrozenEstimator(fitted[name]), names)
        for name, estimator, names in whole.transformers
    ]
    whole.fit(frame(next(sample.parts(2)), recipe.schema()))
    whole.transformers_ = [
        (name, getattr(estimator, "estimator", estimator), names)
        for name, estimator, names in whole.transformers_
    ]
    return whole

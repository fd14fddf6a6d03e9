"""Extraction of the plan from the fitted transform, and names and origins of its features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from preprocessor.data.data_frame import build_columns
from preprocessor.fit import sklearn_parity
from preprocessor.fit.custom_verification import verify_block
from preprocessor.plan import sklearn_block, training_rows
from preprocessor.plan.custom_block import CustomBlock
from preprocessor.plan.fitted_transform import Block, Plan, ReplayBlock
from preprocessor.plan.sklearn_block import SklearnBlock
from preprocessor.plan.training_rows import TrainingRows
from preprocessor.recipe.custom_classes import find_custom_class
from preprocessor.recipe.definition import ColumnGroup, Recipe
from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.steps import STEPS
from preprocessor.transforms.steps.step import CrossFittedReplay
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table
from tandem.errors import Location, UserError, join_words
from tandem.logs import logger

Origins = Sequence[tuple[int, ...]]


def extract_plan(
    transformer: Any, recipe: Recipe, training: Table, target: Array | None = None
) -> Plan:
    """Extract the plan of a fitted ColumnTransformer.

    A block that has no replay, or whose replay differs from scikit-learn in one bit on a training
    row or a hostile row, is served by scikit-learn.
    """
    schema = recipe.build_schema()
    rows = None if target is None else training_rows.remember_rows(training)
    tables = (training, sklearn_parity.build_hostile_rows(schema))
    blocks: list[Block] = []
    for block in recipe.blocks:
        fitted = transformer.named_transformers_[block.name]
        replayed = _replay_block(block, fitted, schema)
        if replayed and sklearn_parity.is_equal(fitted, replayed, list(block.columns), *tables):
            if target is not None and rows is not None:
                replayed = _add_cross_fit(block, fitted, replayed, training, target, rows)
            blocks.append(replayed)
            continue
        why = "its replay differs from scikit-learn" if replayed else "it has no replay"
        names = ", ".join(block.columns)
        logger.warning("scikit-learn itself serves %s (%s): %s", names, block.chain, why)
        kept = _keep_estimator(block, fitted, schema)
        blocks.append(verify_block(kept, training) if isinstance(kept, CustomBlock) else kept)
    return Plan(tuple(blocks), rows if any(map(_is_cross_fitted, blocks)) else None)


def _replay_block(block: ColumnGroup, fitted: Any, schema: RecordSchema) -> ReplayBlock | None:
    replays = []
    for applied in block.chain.steps:
        replay = STEPS[applied.step].read_replay(fitted[applied.step])
        if replay is None:
            return None
        replays.append((applied.step, replay))
    width = len(trace_origins(block, fitted))
    return ReplayBlock(block.chain.field, find_positions(block, schema), tuple(replays), width)


def _add_cross_fit(
    block: ColumnGroup,
    fitted: Any,
    replayed: ReplayBlock,
    training: Table,
    target: Array,
    rows: TrainingRows,
) -> ReplayBlock:
    """Add the cross-fitted features of the training rows if the last step is supervised."""
    if not _is_cross_fitted(replayed):
        return replayed
    *before, (name, last) = replayed.replays
    values = build_columns(replayed.select_columns(training), list(block.columns))
    inputs = fitted[:-1].transform(values) if before else values
    cross_fitted = STEPS[name].add_cross_fit(
        fitted[-1], last, inputs, target, rows.find_indices(training)
    )
    return replace(replayed, replays=(*before, (name, cross_fitted)))


def _is_cross_fitted(block: Block) -> bool:
    return isinstance(block, ReplayBlock) and any(
        isinstance(r, CrossFittedReplay) for _, r in block.replays
    )


def _keep_estimator(block: ColumnGroup, fitted: Any, schema: RecordSchema) -> SklearnBlock:
    estimator_block = SklearnBlock(
        field=block.chain.field,
        positions=find_positions(block, schema),
        columns=block.columns,
        width=len(trace_origins(block, fitted)),
        file=f"{block.name}.skops",
        estimator=fitted,
    )
    name = find_custom_class(block.chain)
    if name:
        return CustomBlock(**vars(estimator_block), name=name)
    sklearn_block.parse_estimator(
        estimator_block.to_bytes(), Location(estimator_block.file)
    )  # what cannot be loaded fails the job
    return estimator_block


def find_positions(block: ColumnGroup, schema: RecordSchema) -> tuple[int, ...]:
    """Return the indices of a block's columns among the table's numbers or texts."""
    names = [field.name for field in schema.fields if field.kind == block.chain.field]
    return tuple(names.index(column) for column in block.columns)


def trace_origins(block: ColumnGroup, fitted: Any) -> Origins:
    """Return, for each feature of a fitted block, the indices of its source columns."""
    sources: Origins = [(index,) for index in range(len(block.columns))]
    for applied in block.chain.steps:
        outputs = STEPS[applied.step].find_origins(fitted[applied.step], len(sources))
        sources = [
            tuple(sorted({column for place in indices for column in sources[place]}))
            for indices in outputs
        ]
    return sources


def name_features(transformer: Any, recipe: Recipe) -> tuple[str, ...]:
    """Return the names of the features. Raises UserError when two features have one name."""
    makers: dict[str, str] = {}
    for block in recipe.blocks:
        fitted = transformer.named_transformers_[block.name]
        names = fitted.get_feature_names_out(list(block.columns))
        for name, indices in zip(map(str, names), trace_origins(block, fitted), strict=True):
            columns = join_words([repr(block.columns[index]) for index in indices])
            maker = f"column {columns} ({block.chain})"
            if name in makers:
                raise UserError(
                    f"two features would have the name {name!r}: {makers[name]} makes one, and"
                    f" {maker} another",
                    remedy="Rename one of the columns, or leave one of the treatments out",
                )
            makers[name] = maker
    return tuple(makers)


def name_sources(transformer: Any, recipe: Recipe) -> tuple[tuple[str, ...], ...]:
    """Return the names of the source columns of each feature."""
    return tuple(
        tuple(block.columns[index] for index in indices)
        for block in recipe.blocks
        for indices in trace_origins(block, transformer.named_transformers_[block.name])
    )

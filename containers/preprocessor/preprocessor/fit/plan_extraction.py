"""Reading the fitted transform: its plan, and the names and origins of its features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from preprocessor.data.data_frame import columns
from preprocessor.fit import sklearn_parity
from preprocessor.fit.custom_verification import proven
from preprocessor.plan import sklearn_block, training_rows
from preprocessor.plan.custom_block import OwnBlock
from preprocessor.plan.fitted_transform import Plan, PlanBlock, Served
from preprocessor.plan.sklearn_block import FittedBlock
from preprocessor.plan.training_rows import TrainingRows
from preprocessor.recipe.custom_classes import own_class
from preprocessor.recipe.definition import Block, Recipe
from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.steps import STEPS
from preprocessor.transforms.steps.step import Crossed
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table
from tandem.errors import Location, UserError, join_words
from tandem.logs import logger

Origins = Sequence[tuple[int, ...]]


def plan_of(transformer: Any, recipe: Recipe, training: Table, target: Array | None = None) -> Plan:
    """Read the plan off a fitted ColumnTransformer.

    A block that has no replay, or whose replay differs from scikit-learn in one bit on one of the
    training rows or of the hostile ones, is left to scikit-learn.
    """
    schema = recipe.schema()
    rows = None if target is None else training_rows.rows_of(training)
    tables = (training, sklearn_parity.hostile(schema))
    blocks: list[Served] = []
    for block in recipe.blocks:
        fitted = transformer.named_transformers_[block.name]
        replayed = _replayed(block, fitted, schema)
        if replayed and sklearn_parity.equal(fitted, replayed, list(block.columns), *tables):
            if target is not None and rows is not None:
                replayed = _crossed(block, fitted, replayed, training, target, rows)
            blocks.append(replayed)
            continue
        why = "its replay differs from scikit-learn" if replayed else "it has no replay"
        names = ", ".join(block.columns)
        logger.warning("scikit-learn itself serves %s (%s): %s", names, block.chain, why)
        kept = _kept(block, fitted, schema)
        blocks.append(proven(kept, training) if isinstance(kept, OwnBlock) else kept)
    return Plan(tuple(blocks), rows if any(map(_is_crossed, blocks)) else None)


def _replayed(block: Block, fitted: Any, schema: RecordSchema) -> PlanBlock | None:
    replays = []
    for applied in block.chain.steps:
        replay = STEPS[applied.step].replay(fitted[applied.step])
        if replay is None:
            return None
        replays.append((applied.step, replay))
    width = len(origins(block, fitted))
    return PlanBlock(block.chain.field, positions(block, schema), tuple(replays), width)


def _crossed(
    block: Block,
    fitted: Any,
    replayed: PlanBlock,
    training: Table,
    target: Array,
    rows: TrainingRows,
) -> PlanBlock:
    """Add what the training rows' own features need where the last step learnt from the target."""
    if not _is_crossed(replayed):
        return replayed
    *before, (name, last) = replayed.replays
    values = columns(replayed.taken(training), list(block.columns))
    inputs = fitted[:-1].transform(values) if before else values
    own = STEPS[name].crossed(fitted[-1], last, inputs, target, rows.places(training))
    return replace(replayed, replays=(*before, (name, own)))


def _is_crossed(block: Served) -> bool:
    return isinstance(block, PlanBlock) and any(isinstance(r, Crossed) for _, r in block.replays)


def _kept(block: Block, fitted: Any, schema: RecordSchema) -> FittedBlock:
    kept = FittedBlock(
        field=block.chain.field,
        positions=positions(block, schema),
        columns=block.columns,
        width=len(origins(block, fitted)),
        file=f"{block.name}.skops",
        estimator=fitted,
    )
    name = own_class(block.chain)
    if name:
        return OwnBlock(**vars(kept), name=name)
    sklearn_block.loads(kept.contents(), Location(kept.file))  # what cannot be loaded fails the job
    return kept


def positions(block: Block, schema: RecordSchema) -> tuple[int, ...]:
    """Say where a block's columns stand among the table's numbers or texts."""
    names = [field.name for field in schema.fields if field.kind == block.chain.field]
    return tuple(names.index(column) for column in block.columns)


def origins(block: Block, fitted: Any) -> Origins:
    """Say for each feature of a fitted block which of the block's columns it is made of."""
    found: Origins = [(index,) for index in range(len(block.columns))]
    for applied in block.chain.steps:
        outputs = STEPS[applied.step].origins(fitted[applied.step], len(found))
        found = [
            tuple(sorted({column for place in places for column in found[place]}))
            for places in outputs
        ]
    return found


def features(transformer: Any, recipe: Recipe) -> tuple[str, ...]:
    """Name the features. Raises UserError, saying what makes them, when two have one name."""
    makers: dict[str, str] = {}
    for block in recipe.blocks:
        fitted = transformer.named_transformers_[block.name]
        names = fitted.get_feature_names_out(list(block.columns))
        for name, places in zip(map(str, names), origins(block, fitted), strict=True):
            columns = join_words([repr(block.columns[place]) for place in places])
            maker = f"column {columns} ({block.chain})"
            if name in makers:
                raise UserError(
                    f"two features would have the name {name!r}: {makers[name]} makes one, and"
                    f" {maker} another",
                    remedy="Rename one of the columns, or leave one of the treatments out",
                )
            makers[name] = maker
    return tuple(makers)


def sources(transformer: Any, recipe: Recipe) -> tuple[tuple[str, ...], ...]:
    """Name the columns each feature is made of, in the order of the features."""
    return tuple(
        tuple(block.columns[place] for place in places)
        for block in recipe.blocks
        for places in origins(block, transformer.named_transformers_[block.name])
    )

"""Reading the fitted transform: its plan, and the names and origins of its features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from preprocessor.plan import Plan, PlanBlock
from preprocessor.recipe import Block, Recipe
from preprocessor.steps import STEPS
from tandem.data.schemas import RecordSchema
from tandem.errors import UserError

Origins = Sequence[tuple[int, ...]]


def plan_of(transformer: Any, recipe: Recipe) -> Plan:
    """Read the plan off a fitted ColumnTransformer."""
    schema = recipe.schema()
    blocks = []
    for block in recipe.blocks:
        fitted = transformer.named_transformers_[block.name]
        steps = [(applied.step, fitted[applied.step]) for applied in block.chain.steps]
        blocks.append(
            PlanBlock(
                field=block.chain.field,
                positions=positions(block, schema),
                replays=tuple((name, STEPS[name].replay(step)) for name, step in steps),
                width=len(origins(block, fitted)),
            )
        )
    return Plan(tuple(blocks))


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


def features(transformer: Any) -> tuple[str, ...]:
    """Name the features. Raises UserError when two would have one name."""
    try:
        return tuple(str(name) for name in transformer.get_feature_names_out())
    except ValueError as error:
        raise UserError(
            "two features would have one name", remedy="Rename the column of that name"
        ) from error


def sources(transformer: Any, recipe: Recipe) -> tuple[tuple[str, ...], ...]:
    """Name the columns each feature is made of, in the order of the features."""
    return tuple(
        tuple(block.columns[place] for place in places)
        for block in recipe.blocks
        for places in origins(block, transformer.named_transformers_[block.name])
    )

"""Interactions: which columns are combined, and the steps of the result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from preprocessor.data.channel_records import require_column
from preprocessor.data.training_data import TrainingData
from preprocessor.hyperparameters import INTERACTIONS as ASKED
from preprocessor.infer.type_inference import LEFT_OUT, choose_nearest_type, infer_column
from preprocessor.recipe.category_limits import build_limited_chains
from preprocessor.recipe.definition import DROP, Column, Interaction
from preprocessor.recipe.recipe_request import INTERACTION_COLUMNS, RecipeRequest
from preprocessor.recipe.step_chains import TYPE
from preprocessor.transforms.options import RecipeAddress
from tandem.errors import Location, join_words

# What columns of a type become together.
_TOGETHER = {"number": "product", "category": "cross", "boolean": "cross"}


def decide_interactions(
    data: TrainingData, request: RecipeRequest, columns: Sequence[Column], missing: frozenset[str]
) -> Iterator[Interaction]:
    """Return the requested interactions.

    Raises UserError when a column is unknown, or when the types of the columns cannot be combined.
    """
    by_name = {column.name: column for column in columns}
    definitions = request.values[ASKED]
    for index, definition in enumerate(definitions):
        address = request.find_address(ASKED).child(str(index))
        names, steps = _parse_interaction(definition, address)
        for name in names:
            require_column([*by_name], name, "the column", Location(address.file))
        types = {_infer_type(by_name[name], data, missing) for name in names}
        kinds = {_TOGETHER.get(type_) for type_ in types}
        kind = kinds.pop()
        if kinds or kind is None:
            raise address.error(
                f"puts together columns of type {join_words(sorted(types))}",
                "All must be numbers, or all categories; say so in 'columns'",
            )
        max_categories = math.prod(by_name[name].distinct + 1 for name in names)
        treatments = build_limited_chains(
            {**steps, TYPE: kind, kind: True}, max_categories, request.values, address
        )
        yield Interaction(names, treatments)


def _parse_interaction(
    definition: object, address: RecipeAddress
) -> tuple[tuple[str, ...], Mapping[str, object]]:
    """Return the columns and the steps of a requested interaction."""
    if isinstance(definition, list):
        definition = {INTERACTION_COLUMNS: definition}
    if not isinstance(definition, Mapping) or not isinstance(
        definition.get(INTERACTION_COLUMNS), list
    ):
        raise address.error("must be a list of columns, or an object with 'columns' and steps")
    names = tuple(map(str, definition[INTERACTION_COLUMNS]))
    if len({*names}) < 2 or len({*names}) < len(names):
        raise address.error("must name two columns or more, each once")
    return names, {name: value for name, value in definition.items() if name != INTERACTION_COLUMNS}


def _infer_type(column: Column, data: TrainingData, missing: frozenset[str]) -> str:
    """Return the type of a column, or the type it would have if it were not left out."""
    if column.type != DROP and column.type not in LEFT_OUT:
        return column.type
    data.check_readable(column.name)
    summary = data.summarize(column.name, missing)
    return choose_nearest_type(infer_column(column.name, summary), summary)

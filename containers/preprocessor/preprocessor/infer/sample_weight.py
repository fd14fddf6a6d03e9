"""The column of sample weights: whether there is one, and whether every cell is a weight."""

from __future__ import annotations

from preprocessor.data.channel_records import require_column
from preprocessor.data.training_data import TrainingData
from preprocessor.hyperparameters import WEIGHT
from preprocessor.infer import target_inference
from preprocessor.recipe.recipe_request import RecipeRequest
from tandem.data.text.float_conversion import read_number
from tandem.errors import BadData, UserError


def decide_weight(
    data: TrainingData, request: RecipeRequest, target: str | None, missing: frozenset[str]
) -> str | None:
    """Return the name of the weight column, None when there is none.

    Raises UserError when it is unknown or the target. Raises BadData when a weight is missing,
    negative or no number.
    """
    name = request.values[WEIGHT]
    if name is None:
        return None
    require_column(data.names, name, "the weight")
    data.check_readable(name)
    if name == target:
        raise UserError(f"column {name!r} is asked to be the target and the weight")
    summary = data.summarize(name, missing)
    if summary.absent:
        location = data.find_cell(name, lambda cell: cell.strip() in missing)
        raise BadData("the weight is missing", where=location)
    target_inference.check_numbers(data, name, summary)
    weights = summary.numbers()
    if weights is not None and len(weights) and weights.low < 0:
        location = data.find_cell(name, lambda cell: read_number(cell.strip(), missing) < 0)
        raise BadData("the weight is negative", where=location)
    return name

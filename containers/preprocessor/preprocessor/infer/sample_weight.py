"""Weights of rows: read beside the features, given to the steps that take them, handed on."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.data.channel_records import require_column
from preprocessor.data.training_data import TrainingData
from preprocessor.hyperparameters import WEIGHT
from preprocessor.infer import target_inference
from preprocessor.recipe.recipe_request import RecipeRequest
from tandem.data.tables import Table
from tandem.data.text.float_conversion import read_number
from tandem.errors import BadData, Location, UserError

_TAKES = "sample_weight"


def decide_weight(
    data: TrainingData, request: RecipeRequest, target: str | None, missing: frozenset[str]
) -> str | None:
    """Return the column of weights, None where there is none.

    Raises UserError where it is not there or is the target, BadData for what is no weight.
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
        place = data.find_cell(name, lambda cell: cell.strip() in missing)
        raise BadData("the weight is missing", where=place)
    target_inference.check_numbers(data, name, summary)
    found = summary.numbers()
    if found is not None and len(found) and found.low < 0:
        place = data.find_cell(name, lambda cell: read_number(cell.strip(), missing) < 0)
        raise BadData("the weight is negative", where=place)
    return name


def wanted(transformer: Any) -> bool:
    """Return whether a ColumnTransformer that is not fitted has steps that take weights."""
    return any(_list_weight_parameters(pipeline) for _, pipeline, _ in transformer.transformers)


def fit(transformer: Any, values: Any, target: Any, weights: NDArray[np.float64] | None) -> Any:
    """Fit a ColumnTransformer; the steps that take weights are given the rows'.

    A ColumnTransformer hands weights on only by metadata routing, under which scikit-learn 1.9's
    TargetEncoder cannot be fitted. So the pipelines concerned are fitted again, each by itself.
    """
    fitted = transformer.fit(values, target)
    for _, pipeline, columns in fitted.transformers_ if weights is not None else ():
        names = _list_weight_parameters(pipeline)
        if names:
            pipeline.fit(values[columns], target, **dict.fromkeys(names, weights))
    return fitted


def answered(table: Table, name: str | None) -> NDArray[np.float32] | None:
    """Return the weights that are answered behind the labels, shape (rows, 1), None without labels.

    Raises BadData where labels come without weights, or a weight is missing or negative.
    """
    if name is None or table.label is None:
        return None
    if table.weight is None:
        raise BadData(
            f"there is a label and no weight '{name}', which is answered behind it",
            where=Location(column=name),
            remedy="Send the weight too, or leave the label out; TANDEM_LABEL=drop does so",
        )
    wrong = np.flatnonzero(~(table.weight >= 0))
    if len(wrong):
        row = int(wrong[0])
        what = "missing" if np.isnan(table.weight[row]) else "negative"
        raise BadData(f"the weight is {what}", where=Location(row=row + 1, column=name))
    return table.weight[:, None].astype(np.float32)


def _list_weight_parameters(pipeline: Any) -> list[str]:
    """Name a pipeline's parameters for weights; bins of one width have no use for them."""
    return [
        f"{name}__{_TAKES}"
        for name, step in getattr(pipeline, "steps", ())
        if _TAKES in signature(type(step).fit).parameters
        and getattr(step, "strategy", "") != "uniform"
    ]

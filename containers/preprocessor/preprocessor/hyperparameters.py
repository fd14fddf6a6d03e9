"""The hyperparameters of `train`, as data. They are the keys of a recipe's file too."""

from __future__ import annotations

from typing import Any

from tandem.hyperparameters import Hyperparameter
from tandem.kinds import choice, json_object, text, words

NO_TARGET = "-"

TARGET = Hyperparameter(
    "target",
    text(),
    "",
    f"Name of the column to predict, or {NO_TARGET} where there is none. It must be given, here or"
    " in the recipe.",
)
DROP = Hyperparameter("drop", words(), (), "Columns to leave out.")
COLUMNS: Hyperparameter[dict[str, object]] = Hyperparameter(
    "columns",
    json_object(),
    {},
    'What a column is and what is done to it, where that should not be inferred: {"MSSubClass":'
    ' "category", "LotArea": {"scale": "standard"}}. See docs/recipe.md.',
)
MISSING_VALUES = Hyperparameter(
    "missing_values", words(), ("NA",), "Cells that mean missing, beside the empty one."
)
IMPUTE = Hyperparameter(
    "impute",
    choice("median", "mean", "zero", "none"),
    "median",
    "What stands for a missing number, where the column does not say otherwise.",
)
SCALE = Hyperparameter(
    "scale",
    choice("none", "standard"),
    "none",
    "How numbers are scaled, where the column does not say otherwise. Trees need none.",
)
ENCODE = Hyperparameter(
    "encode",
    choice("onehot", "ordinal"),
    "onehot",
    "How categories become numbers, where the column does not say otherwise.",
)

SCHEMA: tuple[Hyperparameter[Any], ...] = (
    TARGET,
    DROP,
    COLUMNS,
    MISSING_VALUES,
    IMPUTE,
    SCALE,
    ENCODE,
)

"""The hyperparameters of `train`, as data. They are the keys of a recipe's file too."""

from __future__ import annotations

from typing import Any

from tandem.contract.hyperparameters import Hyperparameter
from tandem.contract.value_types import (
    choice,
    flag,
    json_list,
    json_object,
    optional,
    real,
    text,
    whole,
    words,
)
from tandem.data.schema.policies import CHOICES
from tandem.data.unusual_counts import MISSING_COLUMN, OUT_OF_RANGE, UNPARSABLE, UNSEEN

NO_TARGET = "-"

TARGET = Hyperparameter(
    "target",
    text(),
    "",
    f"Name of the column to predict, or {NO_TARGET} where there is none. It must be given, here or"
    " in the recipe.",
)
WEIGHT = Hyperparameter(
    "weight",
    optional(text()),
    None,
    "Name of the column of the rows' weights, where there is one. It is no feature; it is given to"
    " the steps `scale` (standard) and `bin`, and answered behind the label, where xgboost's"
    " `csv_weights` reads it.",
)
TARGET_TYPE = Hyperparameter(
    "target_type",
    choice("auto", "number", "class"),
    "auto",
    "Whether the target is a number or has classes, which the booster learns by their numbers, 0"
    " and up. By default a target that is not a number everywhere has classes.",
)
MISSING_TARGET = Hyperparameter(
    "missing_target",
    choice("refuse", "leave_out", "keep"),
    "refuse",
    "How training rows without a target are handled: refused, with their number and the first row;"
    " left out, so that only the others are fitted; or kept, and fitted like the others. The"
    " hyperparameter of xgboost with this name leaves such rows out of its training too.",
)
TARGET_LOWER = Hyperparameter(
    "target_lower",
    flag(),
    False,
    "Whether class names are read in lower case, so that `YES` and `Yes` are the class `yes`. Of a"
    " column of categories the step `lower` does so.",
)
TARGET_SCALE = Hyperparameter(
    "target_scale",
    choice("none", "log1p", "standard"),
    "none",
    "What the booster learns of a target that is a number: the value itself, log(1 + value), or its"
    " distance from the mean in standard deviations. The inverse stage answers with values.",
)
THRESHOLD = Hyperparameter(
    "threshold",
    real(0, below=1),
    0.5,
    "Inverse stage: of two classes, a probability above it is the second one.",
)
TOP_K = Hyperparameter(
    "top_k", whole(1), 1, "Inverse stage: how many of the likeliest classes an answer names."
)
DROP = Hyperparameter("drop", words(), (), "Columns to leave out.")
COLUMNS: Hyperparameter[dict[str, object]] = Hyperparameter(
    "columns",
    json_object(),
    {},
    'What a column is and what is done to it, where that should not be inferred: {"MSSubClass":'
    ' "category", "LotArea": {"scale": "standard"}}. See docs/recipe.md.',
)
INTERACTIONS: Hyperparameter[list[object]] = Hyperparameter(
    "interactions",
    json_list(),
    [],
    "Columns to put together, beside what is done to each: numbers are multiplied, categories"
    ' crossed, as [["GrLivArea", "OverallQual"], {"columns": ["Neighborhood", "BldgType"], "rare":'
    " true}]. See docs/recipe.md.",
)
FEATURES_FROM: Hyperparameter[list[object]] = Hyperparameter(
    "features_from",
    json_list(),
    [],
    "Feature groups whose features are fetched in serving where a request lacks the columns:"
    ' [{"group": "customers", "identifier": "customer_id", "columns": ["income"]}]. Training reads'
    " the columns from its file. See docs/feature-store.md.",
)
MISSING_VALUES = Hyperparameter(
    "missing_values", words(), ("NA",), "Cells that mean missing, beside the empty one."
)
STRIP_BLANKS = Hyperparameter(
    "strip_blanks",
    flag(),
    True,
    "Whether blanks around texts and class names are stripped, in training and in requests of every"
    " format: ` No` is `No`. Around numbers, dates, booleans and column names they always are.",
)
IMPUTE = Hyperparameter(
    "impute",
    choice("median", "mean", "most_frequent", "zero", "none"),
    "median",
    "What stands for a missing number, where the column does not say otherwise.",
)
SCALE = Hyperparameter(
    "scale",
    choice("none", "standard", "robust", "minmax", "maxabs", "quantile", "normal", "power"),
    "none",
    "How numbers are scaled, where the column does not say otherwise. Trees need none.",
)
ENCODE = Hyperparameter(
    "encode",
    choice("onehot", "ordinal", "ordinal_by_target", "target_encode", "hash"),
    "onehot",
    "How categories become numbers, where the column does not say otherwise.",
)
MAX_CATEGORIES = Hyperparameter(
    "max_categories",
    whole(2),
    200,
    "Features of a one-hot column that does not ask for `onehot` itself. In a column of more"
    " categories, the rarest and those of a single row share the feature `(other)`.",
)
FIT_IN_PARTS = Hyperparameter(
    "fit_in_parts",
    choice("auto", "true", "false"),
    "auto",
    "Whether the rows are read a part at a time and never held whole; auto does so where memory"
    " would not do, and on several hosts. See docs/fit-in-parts.md.",
)
WRITE_FEATURES = Hyperparameter(
    "write_features",
    flag(),
    False,
    "Whether the job also transforms the files of its channels, `train` and any other, by the"
    " fitted transform: output/data/features/CHANNEL/FILE.out is Parquet, as a batch transform of"
    " the model writes it. A file is held in memory whole. Then no report is written.",
)
UNSEEN_RULE = Hyperparameter(
    UNSEEN,
    choice(*CHOICES[UNSEEN]),
    CHOICES[UNSEEN][0],
    "How unseen categories are handled: `other`, as the column's step defines; as missing values;"
    " or the request is refused.",
)
OUT_OF_RANGE_RULE = Hyperparameter(
    OUT_OF_RANGE,
    choice(*CHOICES[OUT_OF_RANGE]),
    CHOICES[OUT_OF_RANGE][0],
    "How numbers below the minimum or above the maximum of the training data are handled: kept,"
    " clipped to that limit, treated as missing, or the request is refused.",
)
MISSING_COLUMN_RULE = Hyperparameter(
    MISSING_COLUMN,
    choice(*CHOICES[MISSING_COLUMN]),
    CHOICES[MISSING_COLUMN][0],
    "How a missing column in rows with names is handled: refused, or missing in every row.",
)
UNPARSABLE_RULE = Hyperparameter(
    UNPARSABLE,
    optional(choice(*CHOICES[UNPARSABLE])),
    None,
    "How a text that cannot be parsed as the column's number, date or boolean is handled: refused,"
    " or missing. By default it is refused in a column of numbers, and missing in the others.",
)
# See docs/policies.md.
POLICIES = (UNSEEN_RULE, OUT_OF_RANGE_RULE, MISSING_COLUMN_RULE, UNPARSABLE_RULE)

SCHEMA: tuple[Hyperparameter[Any], ...] = (
    TARGET,
    WEIGHT,
    TARGET_TYPE,
    MISSING_TARGET,
    TARGET_LOWER,
    TARGET_SCALE,
    THRESHOLD,
    TOP_K,
    DROP,
    COLUMNS,
    INTERACTIONS,
    FEATURES_FROM,
    MISSING_VALUES,
    STRIP_BLANKS,
    IMPUTE,
    SCALE,
    ENCODE,
    MAX_CATEGORIES,
    FIT_IN_PARTS,
    WRITE_FEATURES,
    *POLICIES,
)

"""The hyperparameters of `train`, as data.

Those that are passed on to XGBoost are in `xgboost_parameters`; here are those the image reads.
"""

from __future__ import annotations

from typing import Any

from booster.params.constraints import Directions, Groups, interaction, monotone
from booster.params.objectives import MULTICLASS, OBJECTIVES, RANKING
from booster.params.xgboost_parameters import XGBOOST_PARAMETERS
from tandem.contract.hyperparameters import REQUIRED, Condition, Hyperparameter
from tandem.contract.value_types import (
    Kind,
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

NUM_ROUND = Hyperparameter("num_round", whole(1), REQUIRED, "Rounds of boosting.")
BOOSTER = Hyperparameter(
    "booster", choice("gbtree", "gblinear", "dart"), "gbtree", "What a round adds."
)
OBJECTIVE = Hyperparameter(
    "objective",
    choice(*(objective.name for objective in OBJECTIVES)),
    "reg:squarederror",
    "What the booster learns to minimise.",
)
NUM_CLASS = Hyperparameter(
    "num_class",
    optional(whole(2)),
    None,
    "Number of classes; labels count from 0.",
    needs=Condition("objective", MULTICLASS, required=True),
)
EVAL_METRIC: Hyperparameter[tuple[str, ...]] = Hyperparameter(
    "eval_metric",
    words(),
    (),
    "Metrics reported after each round; by default the one of the objective.",
)
EARLY_STOPPING_ROUNDS = Hyperparameter(
    "early_stopping_rounds",
    optional(whole(1)),
    None,
    "Stop when the watched metric has not improved on the validation channel for this many rounds,"
    " and keep the best round. Watched is the last metric, or the one the tuning job names.",
)
TUNING_METRIC = Hyperparameter(
    "_tuning_objective_metric",
    optional(text()),
    None,
    "Metric a tuning job looks at, as validation:rmse: it is reported and watched.",
)
KEPT_METRIC = Hyperparameter(
    "_kept_metric",
    optional(text()),
    None,
    "Metric that chooses the kept round of early stopping: the best one by it, from the best round"
    " of the watched metric on. Rounds go on while either metric improves.",
)
CSV_WEIGHTS = Hyperparameter(
    "csv_weights", flag(), default=False, sentence="Whether column 2 of a CSV is the row's weight."
)
MISSING_TARGET = Hyperparameter(
    "missing_target",
    choice("refuse", "leave_out"),
    "refuse",
    "How rows without a label in the channels train and validation are handled: the job fails and"
    " names the first one, or they are left out, and the log counts them.",
)
SINGLE_QUERY = Hyperparameter(
    "single_query",
    flag(),
    default=False,
    sentence="Whether the rows of a channel without queries are all of one query, in a ranking.",
    needs=Condition("objective", RANKING),
)
EXTERNAL_MEMORY = Hyperparameter(
    "external_memory",
    choice("auto", "true", "false"),
    "auto",
    "Whether the matrices are kept in temporary files and not in memory; auto decides by the memory"
    " there is. The model is the same. For tree_method hist alone.",
)
KFOLD = Hyperparameter(
    "_kfold",
    optional(whole(2)),
    None,
    "Cross-validate with so many folds of all rows: a model each, and output/data/predictions.csv.",
)
NUM_CV_ROUND = Hyperparameter(
    "_num_cv_round",
    whole(1),
    1,
    "How often the cross-validation is repeated, with other folds.",
)
CANDIDATES = Hyperparameter(
    "_candidates",
    optional(json_list()),
    None,
    "Train a model for each object of this list, whose hyperparameters replace the job's, on one"
    " reading of the channels; output/data/candidates has a folder for each, and the best by the"
    " watched metric is the job's model.",
)
CANDIDATE_BOUNDS = Hyperparameter(
    "_candidate_bounds",
    optional(json_list()),
    None,
    "Stop a candidate whose watched metric is worse than this list's n-th number after the n-th"
    " fold, or without _kfold as soon as rounds x eta reaches 5, 10, 20, ...",
)
SAVE_ON_TERMINATION = Hyperparameter(
    "save_model_on_termination",
    flag(),
    default=True,
    sentence="Whether a job that is stopped leaves the model of the rounds done so far.",
)


def _shares() -> Kind[tuple[float, ...]]:
    one, several = real(above=0, below=1), words()

    def parse(given: str) -> tuple[float, ...]:
        found = tuple(one.parse(part) for part in several.parse(given.strip("()")))
        if not found:
            raise ValueError(given)
        return found

    return Kind("list of numbers above 0 and below 1", parse)


QUANTILE_ALPHA = Hyperparameter(
    "quantile_alpha",
    optional(_shares()),
    None,
    "Quantiles to learn: one output each.",
    needs=Condition("objective", ("reg:quantileerror",), required=True),
)
MONOTONE: Hyperparameter[Directions | None] = Hyperparameter(
    "monotone_constraints",
    optional(monotone()),
    None,
    "Per feature -1, 0 or 1: the prediction falls, is free or rises with it.",
    needs=Condition("booster", ("gbtree", "dart")),
)
INTERACTION: Hyperparameter[Groups | None] = Hyperparameter(
    "interaction_constraints",
    optional(interaction()),
    None,
    "Groups of features that may meet in one branch.",
    needs=Condition("booster", ("gbtree", "dart")),
)
ENABLE_CATEGORICAL = Hyperparameter(
    "enable_categorical",
    flag(),
    default=False,
    sentence="Whether features may be categories: dictionary columns of texts, columns whose file"
    " or list of features says so, and those in categorical_features.",
    needs=Condition("booster", ("gbtree", "dart")),
)
CATEGORICAL_FEATURES: Hyperparameter[tuple[str, ...]] = Hyperparameter(
    "categorical_features",
    words(),
    (),
    "Features that hold codes of categories, whole numbers from 0: by name, or by position, counted"
    " from 0.",
    needs=Condition("enable_categorical", ("true",)),
)
EXTRA: Hyperparameter[dict[str, object]] = Hyperparameter(
    "extra.*",
    json_object(),
    {},
    "Any other parameter of XGBoost, by its name after the dot, as extra.lambdarank_pair_method."
    " One that XGBoost does not know fails the job.",
)


def _make_inert(name: str) -> Hyperparameter[str | None]:
    return Hyperparameter(name, optional(text()), None, "XGBoost 3 has no such choice.", inert=True)


INERT = tuple(
    _make_inert(name)
    for name in (
        "predictor",
        "sketch_eps",
        "dsplit",
        "deterministic_histogram",
        "prob_buffer_row",
        "lambda_bias",
        "use_dask_gpu_training",
        "silent",
    )
)

SCHEMA: tuple[Hyperparameter[Any], ...] = (
    NUM_ROUND,
    BOOSTER,
    OBJECTIVE,
    NUM_CLASS,
    QUANTILE_ALPHA,
    EVAL_METRIC,
    EARLY_STOPPING_ROUNDS,
    TUNING_METRIC,
    KEPT_METRIC,
    CSV_WEIGHTS,
    MISSING_TARGET,
    SINGLE_QUERY,
    EXTERNAL_MEMORY,
    KFOLD,
    NUM_CV_ROUND,
    CANDIDATES,
    CANDIDATE_BOUNDS,
    SAVE_ON_TERMINATION,
    *XGBOOST_PARAMETERS,
    MONOTONE,
    INTERACTION,
    ENABLE_CATEGORICAL,
    CATEGORICAL_FEATURES,
    EXTRA,
    *INERT,
)

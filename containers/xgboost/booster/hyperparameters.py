"""The hyperparameters of `train`, as data.

Names, ranges and defaults are those of Amazon's built-in XGBoost algorithm (Developer Guide,
"XGBoost Hyperparameters") and of XGBoost itself. To add one that XGBoost knows, add it to
`PASSED_ON`.
"""

from __future__ import annotations

from typing import Any

from tandem.hyperparameters import REQUIRED, Hyperparameter
from tandem.kinds import choice, flag, optional, real, text, whole, words

OBJECTIVES = (
    "reg:squarederror",
    "reg:squaredlogerror",
    "reg:logistic",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:gamma",
    "reg:tweedie",
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
)

NUM_ROUND = Hyperparameter("num_round", whole(1), REQUIRED, "Rounds of boosting.")
OBJECTIVE = Hyperparameter(
    "objective", choice(*OBJECTIVES), "reg:squarederror", "What the booster learns to minimise."
)
NUM_CLASS = Hyperparameter(
    "num_class",
    optional(whole(2)),
    None,
    "Number of classes, required by multi:softmax and multi:softprob; labels count from 0.",
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
    "Stop when the last metric has not improved on the validation channel for this many rounds,"
    " and keep the best round.",
)
CSV_WEIGHTS = Hyperparameter(
    "csv_weights", flag(), default=False, sentence="Whether column 2 of a CSV is the row's weight."
)

PASSED_ON: tuple[Hyperparameter[Any], ...] = (
    Hyperparameter(
        "eta", real(0, 1), 0.3, "Step size: how much of each tree is kept.", ("learning_rate",)
    ),
    Hyperparameter(
        "gamma", real(0), 0.0, "Least loss reduction for a further split.", ("min_split_loss",)
    ),
    Hyperparameter("max_depth", whole(0), 6, "Greatest depth of a tree; 0 is no limit."),
    Hyperparameter("max_leaves", whole(0), 0, "Greatest number of leaves; 0 is no limit."),
    Hyperparameter("max_bin", whole(2), 256, "Number of bins a feature is cut into."),
    Hyperparameter("min_child_weight", real(0), 1.0, "Least sum of instance weight in a child."),
    Hyperparameter("max_delta_step", real(0), 0.0, "Greatest change of a leaf; 0 is no limit."),
    Hyperparameter("subsample", real(high=1, above=0), 1.0, "Share of rows each tree sees."),
    Hyperparameter(
        "colsample_bytree", real(high=1, above=0), 1.0, "Share of columns each tree sees."
    ),
    Hyperparameter(
        "colsample_bylevel", real(high=1, above=0), 1.0, "Share of columns each level sees."
    ),
    Hyperparameter(
        "colsample_bynode", real(high=1, above=0), 1.0, "Share of columns each split sees."
    ),
    Hyperparameter("lambda", real(0), 1.0, "L2 regularisation of leaf weights.", ("reg_lambda",)),
    Hyperparameter("alpha", real(0), 0.0, "L1 regularisation of leaf weights.", ("reg_alpha",)),
    Hyperparameter(
        "tree_method", choice("auto", "exact", "approx", "hist"), "auto", "How splits are searched."
    ),
    Hyperparameter(
        "grow_policy", choice("depthwise", "lossguide"), "depthwise", "Where a tree grows next."
    ),
    Hyperparameter("num_parallel_tree", whole(1), 1, "Trees per round, as in a random forest."),
    Hyperparameter("scale_pos_weight", real(above=0), 1.0, "Weight of the positive class."),
    Hyperparameter(
        "base_score", optional(real()), None, "Prediction before the first tree; by default learnt."
    ),
    Hyperparameter(
        "tweedie_variance_power", real(above=1, below=2), 1.5, "Variance power of reg:tweedie."
    ),
    Hyperparameter(
        "huber_slope", real(above=0), 1.0, "Where reg:pseudohubererror turns from square to line."
    ),
    Hyperparameter("seed", whole(-(2**31), 2**31 - 1), 0, "Seed of every random choice."),
    Hyperparameter("verbosity", whole(0, 3), 1, "How much XGBoost itself logs."),
    Hyperparameter("nthread", optional(whole(1)), None, "Threads; by default all it may use."),
    Hyperparameter(
        "monotone_constraints",
        optional(text()),
        None,
        "Per feature -1, 0 or 1, as (1,0,-1): the prediction falls, is free or rises with it.",
    ),
)

SCHEMA: tuple[Hyperparameter[Any], ...] = (
    NUM_ROUND,
    OBJECTIVE,
    NUM_CLASS,
    EVAL_METRIC,
    EARLY_STOPPING_ROUNDS,
    CSV_WEIGHTS,
    *PASSED_ON,
)

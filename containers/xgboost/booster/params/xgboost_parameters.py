"""The hyperparameters that are passed on to XGBoost unchanged.

Names, ranges and defaults are those of Amazon's built-in XGBoost algorithm (Developer Guide,
"XGBoost Hyperparameters") and of XGBoost itself ("XGBoost Parameters"). To add one, add it here.
"""

from __future__ import annotations

from typing import Any

from booster.params.objectives import OBJECTIVES, LearningTask
from tandem.contract.hyperparameters import Condition, Hyperparameter
from tandem.contract.value_types import choice, flag, optional, real, whole, words_of

_TREES = Condition("booster", ("gbtree", "dart"))
_CATEGORIES = Condition("enable_categorical", ("true",))
_DART = Condition("booster", ("dart",))
_LINEAR = Condition("booster", ("gblinear",))
_AFT = Condition("objective", ("survival:aft",))
_UPDATERS = (
    "grow_colmaker",
    "grow_histmaker",
    "grow_quantile_histmaker",
    "refresh",
    "prune",
    "sync",
    "shotgun",
    "coord_descent",
)
_SHARE = real(high=1, above=0)

TREE = (
    Hyperparameter("gamma", real(0), 0.0, "Minimum loss reduction of a further split.",
                   ("min_split_loss",), _TREES),
    Hyperparameter("max_depth", whole(0), 6, "Maximum depth of a tree; 0 is no limit.",
                   needs=_TREES),
    Hyperparameter("max_leaves", whole(0), 0, "Maximum number of leaves; 0 is no limit.",
                   needs=_TREES),
    Hyperparameter("max_bin", whole(2), 256, "Number of bins a feature is cut into.",
                   needs=_TREES),
    Hyperparameter("min_child_weight", real(0), 1.0, "Minimum sum of instance weights in a child.",
                   needs=_TREES),
    Hyperparameter("max_delta_step", real(0), 0.0, "Maximum change of a leaf; 0 is no limit.",
                   needs=_TREES),
    Hyperparameter("subsample", _SHARE, 1.0, "Share of rows each tree sees.", needs=_TREES),
    Hyperparameter("sampling_method", choice("uniform", "gradient_based"), "uniform",
                   "How rows are sampled: alike, or by the size of their gradient.",
                   needs=_TREES),
    Hyperparameter("colsample_bytree", _SHARE, 1.0, "Share of columns each tree sees.",
                   needs=_TREES),
    Hyperparameter("colsample_bylevel", _SHARE, 1.0, "Share of columns each level sees.",
                   needs=_TREES),
    Hyperparameter("colsample_bynode", _SHARE, 1.0, "Share of columns each split sees.",
                   needs=_TREES),
    Hyperparameter("tree_method", choice("auto", "exact", "approx", "hist"), "auto",
                   "How splits are searched; auto is hist.", needs=_TREES),
    Hyperparameter("grow_policy", choice("depthwise", "lossguide"), "depthwise",
                   "Where a tree grows next.", needs=_TREES),
    Hyperparameter("num_parallel_tree", whole(1), 1, "Trees per round, as in a random forest.",
                   needs=_TREES),
    Hyperparameter("multi_strategy", choice("one_output_per_tree", "multi_output_tree"),
                   "one_output_per_tree", "Whether a tree has one output or all of them.",
                   needs=_TREES),
    Hyperparameter("max_cat_to_onehot", whole(1), 4,
                   "Number of categories from which on a split is by sets of them, not by one.",
                   needs=_CATEGORIES),
    Hyperparameter("max_cat_threshold", whole(1), 64,
                   "Maximum number of categories on one side of a split.",
                   needs=_CATEGORIES),
)  # fmt: skip

DART = (
    Hyperparameter("sample_type", choice("uniform", "weighted"), "uniform",
                   "How dropped trees are chosen.", needs=_DART),
    Hyperparameter("normalize_type", choice("tree", "forest"), "tree",
                   "How a new tree is weighed against the dropped ones.", needs=_DART),
    Hyperparameter("rate_drop", real(0, 1), 0.0, "Share of trees dropped in a round.",
                   needs=_DART),
    Hyperparameter("one_drop", flag(), default=False,
                   sentence="Whether one tree at least is dropped in a round.", needs=_DART),
    Hyperparameter("skip_drop", real(0, 1), 0.0, "Probability that a round drops no tree.",
                   needs=_DART),
)  # fmt: skip

LINEAR = (
    Hyperparameter("feature_selector", choice("cyclic", "shuffle", "random", "greedy", "thrifty"),
                   "cyclic", "Order in which coordinates are updated.", needs=_LINEAR),
    Hyperparameter("top_k", whole(0), 0,
                   "Number of coordinates that greedy and thrifty update; 0 is all.",
                   needs=_LINEAR),
)  # fmt: skip

LOSS = (
    Hyperparameter("scale_pos_weight", real(above=0), 1.0, "Weight of the positive class.",
                   needs=Condition("objective", tuple(
                       o.name for o in OBJECTIVES
                       if o.task in {LearningTask.BINARY, LearningTask.NUMBER,
                                     LearningTask.SHARE}))),
    Hyperparameter("tweedie_variance_power", real(above=1, below=2), 1.5, "Variance power.",
                   needs=Condition("objective", ("reg:tweedie",))),
    Hyperparameter("huber_slope", real(above=0), 1.0,
                   "Where the loss turns from square to line.",
                   needs=Condition("objective", ("reg:pseudohubererror",))),
    Hyperparameter("aft_loss_distribution", choice("normal", "logistic", "extreme"), "normal",
                   "Distribution of the noise of the logarithm of time.", needs=_AFT),
    Hyperparameter("aft_loss_distribution_scale", real(above=0), 1.0,
                   "Scale of that noise.", needs=_AFT),
)  # fmt: skip

GENERAL = (
    Hyperparameter("eta", real(0, 1), 0.3, "Step size: how much of each round is kept.",
                   ("learning_rate",)),
    Hyperparameter("lambda", real(0), 1.0, "L2 regularisation of weights.", ("reg_lambda",)),
    Hyperparameter("alpha", real(0), 0.0, "L1 regularisation of weights.", ("reg_alpha",)),
    Hyperparameter("base_score", optional(real()), None,
                   "Prediction before the first round; by default learnt."),
    Hyperparameter("process_type", choice("default", "update"), "default",
                   "Whether rounds add trees, or update those of the model in channel 'model'.",
                   needs=_TREES),
    Hyperparameter("updater", words_of(_UPDATERS.__contains__,
                                       "list of " + ", ".join(_UPDATERS)), (),
                   "Sequence of updaters, instead of the ones of tree_method; gblinear has"
                   " coord_descent (the default here) and shotgun."),
    Hyperparameter("refresh_leaf", flag(), default=True,
                   sentence="Whether updater refresh changes leaves too, and not only statistics.",
                   needs=Condition("process_type", ("update",))),
    Hyperparameter("device", choice("cpu", "cuda"), "cpu",
                   "Where it runs; cuda needs a build of XGBoost with it."),
    Hyperparameter("seed", whole(-(2**31), 2**31 - 1), 0, "Seed of every random choice."),
    Hyperparameter("verbosity", whole(0, 3), 1, "How much XGBoost itself logs."),
    Hyperparameter("nthread", optional(whole(1)), None, "Threads; by default all it may use."),
)  # fmt: skip

XGBOOST_PARAMETERS: tuple[Hyperparameter[Any], ...] = (*GENERAL, *TREE, *DART, *LINEAR, *LOSS)

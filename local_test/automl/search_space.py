"""Hyperparameters of the xgboost image that are searched, for trees and for linear models."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from local_test.automl.data.problem import ProblemType

if TYPE_CHECKING:
    from optuna.trial import Trial

RECIPE = "recipe"
_ROUNDS = {"gbtree": 1500, "gblinear": 200}
_PATIENCE = {"gbtree": 30, "gblinear": 10}
_NAMES = (
    *("eta", "max_depth", "min_child_weight", "subsample", "colsample_bytree", "lambda", "alpha"),
)
_TREES = (
    (0.1, 6, 1.0, 0.9, 0.8, 1.0, 0.001),
    (0.05, 4, 2.0, 0.8, 0.5, 1.0, 0.001),
    (0.05, 9, 4.0, 0.8, 0.6, 3.0, 0.01),
)
_STARTS: Mapping[str, Sequence[Mapping[str, float]]] = {
    "gbtree": [dict(zip(_NAMES, values, strict=True)) for values in _TREES],
    "gblinear": [
        {"linear_lambda": 0.001, "linear_alpha": 0.0001},
        {"linear_lambda": 0.1, "linear_alpha": 0.001},
    ],
}


def list_starts(recipe: str, booster: str) -> list[dict[str, Any]]:
    """Return the parameters of a recipe's first trials: settings that are good on many data."""
    return [{RECIPE: recipe, **start} for start in _STARTS[booster]]


def propose(trial: "Trial", booster: str) -> dict[str, str]:
    """Return the hyperparameters that a trial proposes, as texts."""
    if booster == "gblinear":
        values: dict[str, float] = {
            "lambda": trial.suggest_float("linear_lambda", 1e-6, 10, log=True),
            "alpha": trial.suggest_float("linear_alpha", 1e-6, 10, log=True),
            "eta": 0.5,
        }
    else:
        values = {
            "eta": trial.suggest_float("eta", 0.02, 0.3, log=True),
            "max_depth": trial.suggest_int("max_depth", 2, 10),
            "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 32, log=True),
            "subsample": trial.suggest_float("subsample", 0.5, 1),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1),
            "lambda": trial.suggest_float("lambda", 1e-3, 30, log=True),
            "alpha": trial.suggest_float("alpha", 1e-4, 10, log=True),
        }
    return {name: f"{value:.6g}" for name, value in values.items()}


def make_fixed(problem: ProblemType, classes: int, booster: str) -> dict[str, str]:
    """Return the hyperparameters that all trials of a booster share."""
    objective = {
        ProblemType.REGRESSION: "reg:squarederror",
        ProblemType.BINARY: "binary:logistic",
        ProblemType.MULTICLASS: "multi:softprob",
    }[problem]
    fixed = {
        "booster": booster,
        "objective": objective,
        "num_round": str(_ROUNDS[booster]),
        "early_stopping_rounds": str(_PATIENCE[booster]),
    }
    if problem is ProblemType.MULTICLASS:
        fixed["num_class"] = str(classes)
    return fixed

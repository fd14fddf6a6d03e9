"""Hyperparameters of the xgboost image that are searched, for trees and for linear models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from local_test.automl.data.problem import ProblemType
from local_test.automl.recipes import LINEAR, TREES, RecipeVariant

if TYPE_CHECKING:
    from optuna.trial import Trial

RECIPE, BOOSTER = "recipe", "booster"
_ROUNDS = {TREES: 1500, LINEAR: 200}
_PATIENCE = {TREES: 30, LINEAR: 10}
_SLOWEST, _FASTEST = 0.02, 0.5
_LEAST_ROUNDS, _FIRST_ROUNDS, _FIRST_DEPTH = 20, 100, 5
_LEAST_DEPTH, _MOST_DEPTH = 2, 12
_FIRST_TREES = 8
_NAMES = (
    *("eta", "max_depth", "min_child_weight", "subsample", "colsample_bytree", "lambda", "alpha"),
)
_TREES = (
    (0.2, _FIRST_DEPTH, 1.0, 0.9, 0.8, 1.0, 0.001),
    (0.15, _MOST_DEPTH, 0.5, 0.9, 0.7, 1.0, 0.001),
    (0.08, 6, 1.0, 0.9, 0.8, 1.0, 0.001),
    (0.05, 4, 2.0, 0.8, 0.5, 1.0, 0.001),
    (0.05, 9, 4.0, 0.8, 0.6, 3.0, 0.01),
)
_STARTS: Mapping[str, Sequence[Mapping[str, float]]] = {
    TREES: [dict(zip(_NAMES, values, strict=True)) for values in _TREES],
    LINEAR: [
        {"linear_lambda": 0.001, "linear_alpha": 0.0001},
        {"linear_lambda": 0.1, "linear_alpha": 0.001},
    ],
}


@dataclass(frozen=True)
class Pace:
    """What a candidate may cost: the least learning rate of trees, and the most levels of them.

    Levels are rounds x depth.
    """

    eta: float = _SLOWEST
    levels: float = _FIRST_ROUNDS * _FIRST_DEPTH

    def limit_rounds(self, depth: int) -> int:
        """Return the most rounds of trees of a depth."""
        return min(_ROUNDS[TREES], max(_LEAST_ROUNDS, int(self.levels / depth)))


@dataclass(frozen=True)
class TreeCost:
    """What a candidate of trees took: its rounds are those of a fold.

    One that is `unfinished` had all rounds it might have, and was not stopped early.
    """

    seconds: float
    eta: float
    depth: int
    rounds: int
    unfinished: bool = False


def set_pace(costs: Sequence[TreeCost], seconds: float, trees: int = 1) -> Pace:
    """Return the pace at which a candidate takes no longer than `seconds`.

    Half the learning rate takes twice the rounds, and so does an unfinished candidate to be
    finished. A round takes as long as its trees are deep. Before the first candidate has ended, one
    has few rounds, and fewer where a round of all folds has more than 8 `trees`.
    """
    if not costs:
        return Pace(levels=Pace.levels * min(1.0, _FIRST_TREES / trees))
    level = median(one.seconds / (one.rounds * one.depth) for one in costs)
    work = median(one.seconds * one.eta * (1 + one.unfinished) for one in costs)
    return Pace(min(_FASTEST, max(_SLOWEST, work / seconds)), seconds / max(level, 1e-6))


def list_starts(recipe: RecipeVariant) -> list[dict[str, Any]]:
    """Return the parameters of a recipe's first trials: settings that are good on many data."""
    return [
        {RECIPE: recipe.name, **_name_booster(recipe, booster), **start}
        for booster in recipe.boosters
        for start in _STARTS[booster]
    ]


def _name_booster(recipe: RecipeVariant, booster: str) -> dict[str, str]:
    return {f"{BOOSTER}-{recipe.name}": booster} if len(recipe.boosters) > 1 else {}


def choose_booster(trial: "Trial", recipe: RecipeVariant) -> str:
    """Return the booster that a trial proposes for its recipe."""
    if len(recipe.boosters) == 1:
        return recipe.boosters[0]
    name = f"{BOOSTER}-{recipe.name}"
    return str(trial.suggest_categorical(name, list(recipe.boosters)))


def propose(trial: "Trial", booster: str, pace: Pace) -> dict[str, str]:
    """Return the hyperparameters that a trial proposes, as texts."""
    if booster == LINEAR:
        values: dict[str, float] = {
            "lambda": trial.suggest_float("linear_lambda", 1e-6, 10, log=True),
            "alpha": trial.suggest_float("linear_alpha", 1e-6, 10, log=True),
            "eta": 0.5,
        }
    else:
        eta = trial.suggest_float("eta", _SLOWEST, _FASTEST, log=True)
        values = {
            "eta": max(eta, pace.eta),
            "max_depth": trial.suggest_int("max_depth", _LEAST_DEPTH, _MOST_DEPTH),
            "min_child_weight": trial.suggest_float("min_child_weight", 0.2, 32, log=True),
            "subsample": trial.suggest_float("subsample", 0.5, 1),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1),
            "lambda": trial.suggest_float("lambda", 1e-3, 30, log=True),
            "alpha": trial.suggest_float("alpha", 1e-4, 10, log=True),
        }
    texts = {name: f"{value:.6g}" for name, value in values.items()}
    if booster == TREES:
        texts["num_round"] = str(pace.limit_rounds(int(values["max_depth"])))
    return texts


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

"""What is predicted: problem types, and the metrics by which candidates are compared.

To add a metric, add a line to `OBJECTIVES`. The metric `Auto` is the service's: MSE of a
regression, F1 of two classes, accuracy of more (API, AutoMLJobObjective).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from local_test.automl.data import scores
from local_test.automl.data.scores import Answers
from local_test.errors import UserError


class ProblemType(StrEnum):
    """The problem types of CreateAutoMLJob."""

    REGRESSION = "Regression"
    BINARY = "BinaryClassification"
    MULTICLASS = "MulticlassClassification"

    @property
    def has_classes(self) -> bool:
        """Whether the target has classes."""
        return self is not ProblemType.REGRESSION

    @property
    def loss(self) -> str:
        """XGBoost's metric that the image watches in training; a loss, the less the better."""
        return {"Regression": "rmse", "BinaryClassification": "logloss"}.get(self, "mlogloss")


_ALL_CLASSES = (ProblemType.BINARY, ProblemType.MULTICLASS)
_TWO, _NUMBERS = (ProblemType.BINARY,), (ProblemType.REGRESSION,)


@dataclass(frozen=True)
class Objective:
    """A metric: its name in the API, XGBoost's name, and the function of rows that were predicted.

    `as_loss` is true where the round with the least loss is the best one, and false where the
    metric counts classes, which go on improving while probabilities get too sure.
    """

    name: str
    trained: str
    problems: tuple[ProblemType, ...]
    maximize: bool
    score: Callable[[Answers], float]
    as_loss: bool = False

    def is_better(self, value: float, other: float) -> bool:
        """Return whether `value` is better than `other`."""
        return value > other if self.maximize else value < other


OBJECTIVES = (
    Objective("MSE", "mse", _NUMBERS, False, scores.compute_mse, as_loss=True),
    Objective("RMSE", "rmse", _NUMBERS, False, scores.compute_rmse, as_loss=True),
    Objective("MAE", "mae", _NUMBERS, False, scores.compute_mae),
    Objective("R2", "r2", _NUMBERS, True, scores.compute_r2, as_loss=True),
    Objective("F1", "f1_binary", _TWO, True, scores.compute_f1),
    Objective("Accuracy", "accuracy", _ALL_CLASSES, True, scores.compute_accuracy),
    Objective("AUC", "auc", _TWO, True, scores.compute_auc, as_loss=True),
    Objective(
        "BalancedAccuracy", "balanced_accuracy", _ALL_CLASSES, True, scores.compute_recall_macro
    ),
    Objective("F1macro", "f1_macro", _ALL_CLASSES, True, scores.compute_f1_macro),
    Objective("Precision", "precision", _TWO, True, scores.compute_precision),
    Objective(
        "PrecisionMacro", "precision_macro", _ALL_CLASSES, True, scores.compute_precision_macro
    ),
    Objective("Recall", "recall", _TWO, True, scores.compute_recall),
    Objective("RecallMacro", "recall_macro", _ALL_CLASSES, True, scores.compute_recall_macro),
)
LOG_LOSS = Objective(
    "LogLoss", "logloss", _ALL_CLASSES, False, scores.compute_log_loss, as_loss=True
)
_AUTO = {
    ProblemType.REGRESSION: "MSE",
    ProblemType.BINARY: "F1",
    ProblemType.MULTICLASS: "Accuracy",
}


def choose_objective(problem: ProblemType, name: str = "Auto") -> Objective:
    """Return the metric of this name. Raises UserError when the problem type has no such metric."""
    wanted = _AUTO[problem] if name == "Auto" else name
    known = list_objectives(problem)
    for objective in known:
        if objective.name == wanted:
            return objective
    names = ", ".join(objective.name for objective in known)
    raise UserError(f"the metric {name} is not for {problem}", f"choose Auto or one of {names}")


def choose_watched(problem: ProblemType, objective: Objective) -> dict[str, str]:
    """Return the hyperparameters by which the xgboost image stops the rounds, and keeps one."""
    watched = {"eval_metric": problem.loss}
    return watched if objective.as_loss else {**watched, "_kept_metric": objective.trained}


def list_objectives(problem: ProblemType) -> list[Objective]:
    """Return all metrics of a problem type."""
    return [objective for objective in OBJECTIVES if problem in objective.problems]

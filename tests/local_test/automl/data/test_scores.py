"""Scores are those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from local_test.automl.data.problem import (
    LOG_LOSS,
    ProblemType,
    choose_objective,
    choose_watched,
    list_objectives,
)
from local_test.automl.data.scores import Answers, count_confusions
from local_test.errors import UserError

RNG = np.random.default_rng(3)
TWO = Answers(
    RNG.integers(2, size=200).astype(float), np.round(RNG.random((200, 1)), 1) * 0.98 + 0.01
)
THREE = Answers(RNG.integers(3, size=200).astype(float), RNG.dirichlet([1, 1, 1], 200))
NUMBERS = Answers(RNG.normal(size=200), RNG.normal(size=(200, 1)))
OF_CLASSES = {
    "Accuracy": metrics.accuracy_score,
    "BalancedAccuracy": metrics.balanced_accuracy_score,
    "F1macro": lambda true, told: metrics.f1_score(true, told, average="macro"),
    "PrecisionMacro": lambda true, told: metrics.precision_score(true, told, average="macro"),
    "RecallMacro": lambda true, told: metrics.recall_score(true, told, average="macro"),
    "F1": metrics.f1_score,
    "Precision": metrics.precision_score,
    "Recall": metrics.recall_score,
}
OF_NUMBERS = {
    "MSE": metrics.mean_squared_error,
    "RMSE": metrics.root_mean_squared_error,
    "MAE": metrics.mean_absolute_error,
    "R2": metrics.r2_score,
}


@pytest.mark.parametrize(
    ("problem", "answers"), [(ProblemType.BINARY, TWO), (ProblemType.MULTICLASS, THREE)]
)
def test_metrics_of_classes(problem: ProblemType, answers: Answers) -> None:
    compared = [one for one in list_objectives(problem) if one.name != "AUC"]
    assert compared
    for objective in compared:
        expected = OF_CLASSES[objective.name](answers.labels, answers.classes)
        assert objective.score(answers) == pytest.approx(expected), objective.name
    assert LOG_LOSS.score(answers) == pytest.approx(
        metrics.log_loss(
            answers.labels,
            answers.outputs if problem is ProblemType.MULTICLASS else answers.values,
        )
    )
    table = count_confusions(answers, int(answers.labels.max()) + 1)
    assert (table == metrics.confusion_matrix(answers.labels, answers.classes)).all()


def test_the_area_under_the_curve_counts_ties_half() -> None:
    expected = metrics.roc_auc_score(TWO.labels, TWO.values)
    assert choose_objective(ProblemType.BINARY, "AUC").score(TWO) == pytest.approx(expected)


def test_metrics_of_numbers() -> None:
    for objective in list_objectives(ProblemType.REGRESSION):
        expected = OF_NUMBERS[objective.name](NUMBERS.labels, NUMBERS.values)
        assert objective.score(NUMBERS) == pytest.approx(expected), objective.name


def test_auto_is_the_services_metric_and_another_problems_is_refused() -> None:
    assert [choose_objective(problem).name for problem in ProblemType] == ["MSE", "F1", "Accuracy"]
    with pytest.raises(UserError, match="the metric AUC is not for Regression; choose Auto or"):
        choose_objective(ProblemType.REGRESSION, "AUC")


def test_metrics_of_classes_choose_the_kept_round_and_others_leave_it_to_the_loss() -> None:
    several, two = ProblemType.MULTICLASS, ProblemType.BINARY
    found = choose_watched(several, choose_objective(several))
    assert found == {"eval_metric": "mlogloss", "_kept_metric": "accuracy"}
    found = choose_watched(two, choose_objective(two))
    assert found == {"eval_metric": "logloss", "_kept_metric": "f1_binary"}
    assert choose_watched(two, choose_objective(two, "AUC")) == {"eval_metric": "logloss"}

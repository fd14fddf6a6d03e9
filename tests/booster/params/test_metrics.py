"""The image's own metrics are scikit-learn's, and definitions match the lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from sklearn import metrics as reference

from booster.params import metric_functions
from booster.params.metric_functions import LabelledPredictions
from booster.params.metrics import METRICS, make_definition
from booster.rounds.evaluation_history import EvaluationHistory
from booster.rounds.progress_log import format_metric_line
from tests.booster.training_jobs import make_features, make_labels, train_job

Score = Callable[..., float]


def macro(score: Score) -> Score:
    return lambda *pair, **more: score(*pair, average="macro", zero_division=0, **more)


def micro(score: Score) -> Score:
    return lambda *pair, **more: score(*pair, average="micro", zero_division=0, **more)


def binary(score: Score) -> Score:
    return lambda *pair, **more: score(*pair, average="binary", zero_division=0, **more)


REFERENCE: dict[str, Score] = {
    "mse": reference.mean_squared_error,
    "r2": reference.r2_score,
    "accuracy": reference.accuracy_score,
    "balanced_accuracy": reference.balanced_accuracy_score,
    "f1": macro(reference.f1_score),
    "f1_macro": macro(reference.f1_score),
    "f1_binary": binary(reference.f1_score),
    "precision": binary(reference.precision_score),
    "precision_macro": macro(reference.precision_score),
    "precision_micro": micro(reference.precision_score),
    "recall": binary(reference.recall_score),
    "recall_macro": macro(reference.recall_score),
    "recall_micro": micro(reference.recall_score),
}
OWN = {metric.name: metric for metric in METRICS if metric.score}


def test_every_own_metric_has_a_reference() -> None:
    assert set(OWN) == set(REFERENCE)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", OWN)
def test_an_own_metric_equals_scikit_learns(name: str, *, weighted: bool) -> None:
    generator = np.random.default_rng(len(name))
    label = generator.integers(0, 2, 50).astype(float)
    predicted = np.where(generator.random(50) < 0.7, label, 1 - label)
    if name.endswith(("macro", "micro", "accuracy")):
        label, predicted = label + (label > 0) * (np.arange(50) % 2), predicted + 0
        predicted[:3] = label[0] = 3
    weight = generator.random(50) if weighted else np.ones(50)
    score = OWN[name].score
    assert score is not None
    expected = REFERENCE[name](label, predicted, sample_weight=weight)
    assert score(LabelledPredictions(label, predicted, weight)) == pytest.approx(
        expected, rel=1e-12
    )


def test_nothing_found_is_zero_and_no_variance_is_no_number() -> None:
    nothing = LabelledPredictions(np.zeros(3), np.zeros(3), np.ones(3))
    assert (
        metric_functions.compute_precision(nothing),
        metric_functions.compute_recall(nothing),
        metric_functions.compute_f1_binary(nothing),
    ) == (
        0,
        0,
        0,
    )
    assert np.isnan(metric_functions.compute_r2(nothing))


@pytest.mark.parametrize(
    ("objective", "kind", "threshold"),
    [("binary:logistic", "binary", 0.5), ("binary:logitraw", "binary", 0.0)],
)
def test_the_line_shows_the_accuracy_of_the_class_the_server_answers(
    objective: str,
    kind: str,
    threshold: float,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    booster = train_job(tmp_path, kind, {"objective": objective, "eval_metric": "accuracy,f1"})
    predicted = booster.predict(xgb.DMatrix(make_features()[160:])) > threshold
    expected = reference.accuracy_score(make_labels(kind)[160:], predicted)
    assert 0.6 < expected < 1
    last = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("[4]"))
    assert last.split("\t")[3] == f"validation-accuracy:{expected:.5f}"
    assert last.split("\t")[1].startswith("train-accuracy:")
    assert last.split("\t")[4].startswith("validation-f1:")


def test_several_classes_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hyperparameters = {"objective": "multi:softprob", "num_class": "3", "eval_metric": "f1_macro"}
    booster = train_job(tmp_path, "class", hyperparameters)
    predicted = booster.predict(xgb.DMatrix(make_features()[160:])).argmax(axis=1)
    expected = reference.f1_score(make_labels("class")[160:], predicted, average="macro")
    assert f"validation-f1_macro:{expected:.5f}" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("separator", ["\t", "#011"])
@pytest.mark.parametrize("name", ["rmse", "f1_binary", "poisson-nloglik", "ndcg@5"])
def test_a_definition_matches_the_line(name: str, separator: str) -> None:
    course = EvaluationHistory()
    for value in (0.5, -0.25):
        scores_of = {name: value, "mae": 9.0}
        course.add_round({"train": {name: 7.0}, "validation": scores_of})
    shown = format_metric_line(1, course.select_scores(-1)).replace("\t", separator)
    found = re.search(make_definition("validation", name)["Regex"], shown)
    assert found is not None
    assert float(found.group(1)) == -0.25
    assert len(make_definition("validation", name)["Regex"]) <= 500


def test_a_definition_of_f1_does_not_match_f1_macro() -> None:
    course = EvaluationHistory()
    course.add_round({"validation": {"f1_macro": 0.5}})
    assert (
        re.search(
            make_definition("validation", "f1")["Regex"],
            format_metric_line(1, course.select_scores(-1)),
        )
        is None
    )


@pytest.mark.parametrize(
    ("tuned", "best"),
    [("validation:r2", "r2"), ("validation:rmse", "rmse"), ("my-own:rmse", "mae")],
)
def test_the_tuning_metric_decides_what_is_watched(
    tuned: str, best: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {
        "eval_metric": "rmse,mae",
        "_tuning_objective_metric": tuned,
        "early_stopping_rounds": "3",
        "num_round": "100",
        "eta": "0.7",
    }
    booster = train_job(tmp_path, "number", texts)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    seen = [float(line.split(f"validation-{best}:")[1].split("\t")[0]) for line in lines]
    right = seen.index(max(seen) if best == "r2" else min(seen))
    assert int(booster.attr("best_iteration") or -1) == right
    assert len(lines) == right + 4
    assert booster.num_boosted_rounds() == right + 1

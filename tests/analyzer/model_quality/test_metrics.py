"""Model quality metrics agree with scikit-learn, and constraints find what became worse."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from analyzer.dataset.job_engine import OneHost
from analyzer.model_quality.analysis import run_analysis
from tandem.errors import UserError
from tests.analyzer.jobs import CSV, Place

BINARY = {"analysis_type": "MODEL_QUALITY", "problem_type": "BinaryClassification"}
LABEL = {"ground_truth_attribute": "label"}


def write(place: Place, **columns: Any) -> None:
    folder = place.root / "processing/input/data"
    folder.mkdir(parents=True)
    with (folder / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])


def run(
    place: Place, more: Mapping[str, str], baseline: Path | None = None
) -> tuple[str, dict[str, Any]]:
    job = place.make_job(CSV, more, baseline)
    message = run_analysis(job, OneHost(job))
    statistics = place.read("statistics.json")
    (section,) = (name for name in statistics if name.endswith("_metrics"))
    return message, statistics[section]


def values(found: dict[str, Any]) -> dict[str, float]:
    return {name: each["value"] for name, each in found.items() if "value" in each}


def test_binary_metrics_are_those_of_scikit_learn(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    labels = (random.random(1000) < 0.3).astype(int)
    scores = np.round(np.clip(0.35 * labels + random.random(1000) * 0.65, 0, 1), 2)
    place = Place(tmp_path)
    write(place, label=labels, score=scores)
    more = BINARY | LABEL | {"probability_threshold_attribute": "0.6"}
    message, found = run(place, more | {"probability_attribute": "score"})
    predicted = (scores >= 0.6).astype(int)
    expected = {
        "recall": sk.recall_score(labels, predicted),
        "precision": sk.precision_score(labels, predicted),
        "accuracy": sk.accuracy_score(labels, predicted),
        "f0_5": sk.fbeta_score(labels, predicted, beta=0.5),
        "f1": sk.f1_score(labels, predicted),
        "f2": sk.fbeta_score(labels, predicted, beta=2),
        "auc": sk.roc_auc_score(labels, scores),
        "accuracy_best_constant_classifier": max(labels.mean(), 1 - labels.mean()),
        "recall_best_constant_classifier": 0.0,
    }
    assert {name: values(found)[name] for name in expected} == pytest.approx(expected)
    matrix = sk.confusion_matrix(labels, predicted)
    assert found["confusion_matrix"] == {
        str(i): {str(j): int(matrix[i, j]) for j in (0, 1)} for i in (0, 1)
    }
    assert 0 < found["auc"]["standard_deviation"] < 0.05
    assert found["true_positive_rate"]["value"] + found["false_negative_rate"]["value"] == 1
    roc = found["receiver_operating_characteristic_curve"]
    assert (roc["true_positive_rates"][0], roc["true_positive_rates"][-1]) == (0.0, 1.0)
    assert message == "Completed: Job completed successfully with no violations."
    constraints = place.read("constraints.json")["binary_classification_constraints"]
    assert constraints["auc"]["comparison_operator"] == "LessThanThreshold"
    assert constraints["false_positive_rate"]["comparison_operator"] == "GreaterThanThreshold"


def test_regression_metrics_are_those_of_scikit_learn(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    labels = random.normal(size=150)
    predicted = labels + random.normal(size=150) / 3
    place = Place(tmp_path)
    write(place, predicted=predicted, label=labels)
    more = {"analysis_type": "MODEL_QUALITY", "problem_type": "Regression"}
    _, found = run(place, more | {"inference_attribute": "0", "ground_truth_attribute": "1"})
    mse = sk.mean_squared_error(labels, predicted)
    assert values(found) == pytest.approx(
        {
            "mae": sk.mean_absolute_error(labels, predicted),
            "mse": mse,
            "rmse": mse**0.5,
            "r2": sk.r2_score(labels, predicted),
        }
    )
    # Below 200 rows there is no standard deviation.
    assert found["mae"]["standard_deviation"] == "NaN"


def test_multiclass_metrics_are_those_of_scikit_learn(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    labels = random.choice(["a", "b", "c"], 400, p=[0.5, 0.3, 0.2])
    predicted = np.where(random.random(400) < 0.7, labels, random.choice(["a", "b"], 400))
    place = Place(tmp_path)
    write(place, label=labels, predicted=predicted)
    more = LABEL | {"analysis_type": "MODEL_QUALITY", "problem_type": "MulticlassClassification"}
    _, found = run(place, more | {"inference_attribute": "predicted"})
    weighted = {"average": "weighted", "zero_division": 0}
    expected = {
        "accuracy": sk.accuracy_score(labels, predicted),
        "weighted_recall": sk.recall_score(labels, predicted, **weighted),
        "weighted_precision": sk.precision_score(labels, predicted, **weighted),
        "weighted_f2": sk.fbeta_score(labels, predicted, beta=2, **weighted),
        "accuracy_best_constant_classifier": np.mean(labels == "a"),
    }
    assert {name: values(found)[name] for name in expected} == pytest.approx(expected)
    assert found["confusion_matrix"]["c"]["c"] == np.sum((labels == "c") & (predicted == "c"))


def test_what_became_worse_is_a_violation(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    labels = (random.random(500) < 0.5).astype(int)
    better, worse = (
        np.where(random.random(500) < share, labels, 1 - labels) for share in (0.9, 0.7)
    )
    first, second = Place(tmp_path / "baseline"), Place(tmp_path / "job")
    write(first, label=labels, predicted=better)
    write(second, label=labels, predicted=worse)
    more = BINARY | LABEL | {"inference_attribute": "predicted"}
    run(first, more)
    message, found = run(second, more | {"publish_cloudwatch_metrics": "Enabled"}, first.output)
    violations = second.read("constraint_violations.json")["violations"]
    names = {each["metric_name"]: each["constraint_check_type"] for each in violations}
    assert names["accuracy"] == "LessThanThreshold"
    assert names["false_positive_rate"] == "GreaterThanThreshold"
    assert (
        message
        == f"CompletedWithViolations: Job completed successfully with {len(names)} violations."
    )
    metrics = (second.root / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl").read_text()
    published = {m["MetricName"]: m["Value"] for m in map(json.loads, metrics.splitlines())}
    assert published["accuracy"] == found["accuracy"]["value"]
    assert run(first, more, first.output)[0].startswith("Completed: ")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (BINARY | LABEL, "neither inference_attribute nor probability_attribute"),
        (BINARY | LABEL | {"inference_attribute": "pred"}, "inference_attribute 'pred' names no"),
        (BINARY | {"inference_attribute": "p"}, "ground_truth_attribute 'groundTruthData' names"),
        (BINARY | LABEL | {"inference_attribute": "p"}, "is neither 0 nor 1"),
        ({"analysis_type": "MODEL_QUALITY"}, "environment variable problem_type is missing"),
    ],
)
def test_a_job_without_its_columns_is_refused(
    tmp_path: Path, more: dict[str, str], sentence: str
) -> None:
    place = Place(tmp_path)
    write(place, label=[0, 1], p=["yes", "no"])
    job = place.make_job(CSV, more)
    with pytest.raises(UserError) as raised:
        run_analysis(job, OneHost(job))
    assert sentence in str(raised.value)
    assert not place.output.exists()

"""Monitors of bias: captured predictions with ground truth, compared with a baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyzer.clarify.drift import compute_ndcg, find_attribution_drift
from analyzer.clarify.metrics import build_metrics
from tandem.errors import UserError
from tests.analyzer.clarify.jobs import make_config, make_loans, run_clarify, run_job

FEATURES = ["sex", "income", "region", "age"]
METHODS = {
    "pre_training_bias": {"methods": ["CI", "DPL"]},
    "post_training_bias": {"methods": ["DPPL", "DI", "AD"]},
}
MONITOR = {
    "headers": ["approved", *FEATURES],
    "label": "approved",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "sex", "value_or_threshold": ["f"]}],
    "methods": METHODS,
}


def predict(loans: pd.DataFrame, *, against_women: float = 12) -> pd.DataFrame:
    """Add a probability: a model that is as unfair as its training data, or more."""
    score = loans.income + against_women * (loans.sex == "m") - 56
    return loans.assign(probability=(1 / (1 + np.exp(-score / 6))).round(4))


def capture(loans: pd.DataFrame, *, json_bodies: bool = False) -> str:
    """Write merged captures, one row each."""
    lines = []
    for number, row in enumerate(loans.to_dict("records")):
        values = [row[name] for name in FEATURES]
        if json_bodies:
            request: Any = json.dumps({"x": values})
            response: Any = json.dumps({"score": row["probability"]})
        else:
            request, response = ",".join(map(str, values)), str(row["probability"])
        kind = {"observedContentType": "application/json" if json_bodies else "text/csv"}
        encoding = {"encoding": "JSON" if json_bodies else "CSV"}
        captured = {
            "endpointInput": {"data": request, **kind, **encoding},
            "endpointOutput": {"data": response, **kind, **encoding},
        }
        truth = {"data": str(row["approved"]), "encoding": "CSV"}
        event = {"eventId": str(number)}
        line = {"captureData": captured, "groundTruthData": truth, "eventMetadata": event}
        lines.append(json.dumps(line))
    return "\n".join(lines)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the job that suggests a baseline, on predictions of the training data."""
    root = tmp_path_factory.mktemp("baseline")
    loans = predict(make_loans(1000, seed=5))
    loans["predicted"] = (loans.pop("probability") > 0.5).astype(int)
    config = make_config(headers=None, predicted_label="predicted", methods=METHODS)
    run_clarify(root, config, {"loans.csv": loans.to_csv(index=False)})
    return root / "processing" / "output" / "analysis.json"


def run_monitor(root: Path, lines: str, baseline: Path, **variables: str) -> tuple[str, Any]:
    """Run a monitor's job. Return its message and the violations."""
    inputs = root / "processing" / "input"
    (inputs / "config").mkdir(parents=True)
    config = inputs / "config" / "analysis_config.json"
    config.write_text(json.dumps(MONITOR))
    (inputs / "merged" / "2026").mkdir(parents=True)
    (inputs / "merged" / "2026" / "part.jsonl").write_text(lines)
    environment = {
        "dataset_source": str(inputs / "merged"),
        "dataset_format": '{"sagemakerMergeJson": {}}',
        "output_path": str(root / "out"),
        "baseline_constraints": str(baseline),
        "probability_attribute": "0",
        "probability_threshold_attribute": "0.5",
        **variables,
    }
    message = run_job(config, root, environment)
    return message, json.loads((root / "out" / "constraint_violations.json").read_text())


@pytest.mark.parametrize("json_bodies", [False, True], ids=["csv", "json"])
def test_a_model_that_became_more_unfair_violates_its_baseline(
    baseline: Path, tmp_path: Path, json_bodies: bool
) -> None:
    live = predict(make_loans(600, seed=6), against_women=30)
    places = {"features_attribute": "x", "probability_attribute": "score"} if json_bodies else {}
    lines = capture(live, json_bodies=json_bodies)
    message, content = run_monitor(tmp_path, lines, baseline, **places)
    assert message.startswith("CompletedWithViolations: ")
    names = [violation["metric_name"] for violation in content["violations"]]
    assert "DPPL" in names
    assert "DI" in names
    assert "CI" not in names
    assert "DPL" not in names
    first = content["violations"][0]
    assert (first["facet"], first["facet_value"]) == ("sex", "f")
    assert first["constraint_check_type"] == "bias_drift_check"
    assert "does not meet the constraint requirement" in first["description"]


def test_new_rows_of_the_same_model_raise_no_alarm(baseline: Path, tmp_path: Path) -> None:
    alarms = 0
    for seed in range(10, 20):
        lines = capture(predict(make_loans(80, seed=seed)))
        message, content = run_monitor(tmp_path / str(seed), lines, baseline)
        alarms += len(content["violations"]) > 0
        assert message.startswith("Completed")
    assert alarms <= 1


def test_bias_is_published_with_its_dimensions(baseline: Path, tmp_path: Path) -> None:
    lines = capture(predict(make_loans(80, seed=3)))
    names = {"sagemaker_endpoint_name": "e", "sagemaker_monitoring_schedule_name": "s"}
    run_monitor(tmp_path, lines, baseline, publish_cloudwatch_metrics="Enabled", **names)
    analysis = json.loads((tmp_path / "out" / "analysis.json").read_text())
    [group] = analysis["pre_training_bias_metrics"]["facets"]["sex"]
    values = {metric["name"]: metric["value"] for metric in group["metrics"]}
    path = tmp_path / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl"
    published = [json.loads(line) for line in path.read_text().splitlines()]
    found = {metric["MetricName"]: metric for metric in published}
    assert {"bias_metric_CI", "bias_metric_DI"} <= found.keys()
    assert found["bias_metric_CI"]["Value"] == values["CI"]
    assert {one["Name"]: one["Value"] for one in found["bias_metric_CI"]["Dimensions"]} == {
        "Endpoint": "e",
        "MonitoringSchedule": "s",
        "BiasStage": "Pre-training",
        "Label": "approved",
        "LabelValue": "1",
        "Facet": "sex",
        "FacetValue": "f",
    }


def test_metrics_of_attributions_and_infinite_ones() -> None:
    metric = {"name": "DI", "value": "Infinity"}
    undefined = {"name": "AD", "value": None}
    bias = {"value_or_threshold": "f", "metrics": [metric, undefined]}
    section = {"label": "y", "label_value_or_threshold": "1", "facets": {"sex": [bias]}}
    label0 = {"global_shap_values": {"age": 0.25}, "expected_value": 0.5}
    content = {
        "post_training_bias_metrics": section,
        "explanations": {"kernel_shap": {"label0": label0}},
    }
    infinite, age, expected = build_metrics(content)
    assert (infinite.name, infinite.value) == ("bias_metric_DI", 2.348543e108)
    assert infinite.dimensions["BiasStage"] == "Post-Training"
    assert (age.name, age.value, age.dimensions["ValueType"]) == (
        *("feature_age", 0.25),
        "GlobalShapValues",
    )
    assert expected.dimensions == {
        "ExplainabilityMethod": "KernelShap",
        "Label": "label0",
        "ValueType": "ExpectedValue",
    }
    assert (expected.name, expected.value) == ("ExpectedValue", 0.5)


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        ("groundTruthData", "part.jsonl, row 1: has no ground truth"),
        ("endpointOutput", "part.jsonl, row 1: has no captured response"),
        ("endpointInput", "part.jsonl, row 1: has no captured request"),
    ],
)
def test_a_missing_part_of_a_capture_is_refused_with_its_row(
    removed: str, message: str, baseline: Path, tmp_path: Path
) -> None:
    line = json.loads(capture(predict(make_loans(1))))
    line.pop(removed, None)
    line["captureData"].pop(removed, None)
    with pytest.raises(UserError, match=message):
        run_monitor(tmp_path, json.dumps(line), baseline)


def test_the_order_of_attributions_is_compared_by_their_discounted_gain() -> None:
    # Developer Guide, "Feature attribution drift for models in production": college admission.
    training = {"SAT score": 0.70, "GPA": 0.50, "Class rank": 0.05}
    live = {"SAT score": 0.10, "GPA": 0.20, "Class rank": 0.70}
    assert compute_ndcg(training, live) == pytest.approx(0.69, abs=0.005)
    assert compute_ndcg(training, training) == 1
    (violation,) = find_attribution_drift(
        {"label0": {"global_shap_values": training}}, {"label0": {"global_shap_values": live}}
    )
    assert violation["constraint_check_type"] == "feature_attribution_drift_check"
    assert violation["description"].startswith("Feature attribution drift 0.68")
    with pytest.raises(UserError, match="other features"):
        compute_ndcg(training, {"GPA": 1.0})

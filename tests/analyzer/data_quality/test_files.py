"""The files of a data quality job, in the published schemas."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from tests.analyzer.jobs import CSV, Place, make_table, to_csv

SCHEMAS = Path(__file__).parents[2] / "preprocessor/describe/model_monitor"


def test_statistics_and_constraints_have_the_published_schemas(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("a.csv", to_csv(make_table(1, 3000)))
    message = place.run(CSV, {"categorical_drift_method": "ChiSquared"})
    assert message == "Completed: Job completed successfully with no violations."
    for name in ("statistics", "constraints"):
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
        jsonschema.validate(place.read(f"{name}.json"), schema)
    constraints = place.read("constraints.json")
    distribution = constraints["monitoring_config"]["distribution_constraints"]
    assert distribution["categorical_drift_method"] == "ChiSquared"
    features = {each["name"]: each for each in constraints["features"]}
    assert features["age"]["inferred_type"] == "Integral"
    assert features["balance"]["num_constraints"] == {"is_non_negative": False}
    assert features["state"]["string_constraints"] == {"domains": ["CA", "NY", "OH"]}
    assert 0.85 < features["gapped"]["completeness"] < 0.95


def test_metrics_are_written_where_the_platform_publishes_them(tmp_path: Path) -> None:
    first = Place(tmp_path / "baseline")
    first.write("a.csv", "n,t\n1,a\n2,b\n3,a\n")
    first.run()
    second = Place(tmp_path / "job")
    second.write("a.csv", "n,t\n1,a\n,b\n5,a\n")
    more = {
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_endpoint_name": "prices",
        "sagemaker_monitoring_schedule_name": "hourly",
        "end_time": "2026-01-31T12:00:00Z",
    }
    message = second.run(CSV, more, first.output)
    assert message == "CompletedWithViolations: Job completed successfully with 1 violation."
    path = second.root / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl"
    metrics = [json.loads(line) for line in path.read_text().splitlines()]
    assert {each["Timestamp"] for each in metrics} == {"2026-01-31T12:00:00Z"}
    assert metrics[0]["Dimensions"] == [
        {"Name": "Endpoint", "Value": "prices"},
        {"Name": "MonitoringSchedule", "Value": "hourly"},
    ]
    values = {
        each["MetricName"]: each.get("Value", each.get("StatisticValues")) for each in metrics
    }
    assert values["feature_null_n"] == 1
    assert values["feature_non_null_n"] == 2
    assert values["feature_data_n"] == {
        "SampleCount": 2.0,
        "Sum": 6.0,
        "Minimum": 1.0,
        "Maximum": 5.0,
    }
    assert values["feature_baseline_drift_t"] == 0.0

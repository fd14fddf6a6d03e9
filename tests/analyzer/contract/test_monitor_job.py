"""The environment of a Model Monitor job, as the SageMaker SDK sends it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from analyzer.contract.dataset_format import DatasetFormat, parse_dataset_format
from analyzer.contract.message_file import describe_violations
from analyzer.contract.monitor_job import read_monitor_job
from tandem.contract.paths import Paths
from tandem.errors import UserError

INPUT = "/opt/ml/processing/input"
BASELINE = {
    "dataset_source": f"{INPUT}/baseline_dataset_input",
    "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
    "output_path": "/opt/ml/processing/output",
    "publish_cloudwatch_metrics": "Disabled",
}


def test_paths_are_below_the_root_of_this_container(tmp_path: Path) -> None:
    job = read_monitor_job(BASELINE, Paths(tmp_path))
    assert job.dataset_source == tmp_path / "processing/input/baseline_dataset_input"
    assert job.output_path == tmp_path / "processing/output"
    assert job.dataset_format == DatasetFormat("csv", header=True)
    assert (job.analysis_type, job.publish_metrics) == ("DATA_QUALITY", False)
    assert job.baseline_constraints is None


def test_a_model_quality_job_names_its_attributes_and_window(tmp_path: Path) -> None:
    more = {
        "analysis_type": "MODEL_QUALITY",
        "problem_type": "BinaryClassification",
        "probability_attribute": "0",
        "probability_threshold_attribute": "0.8",
        "publish_cloudwatch_metrics": "Enabled",
        "start_time": "2026-01-31T12:00:00Z",
    }
    job = read_monitor_job(BASELINE | more, Paths(tmp_path))
    assert (job.analysis_type, job.problem_type) == ("MODEL_QUALITY", "BinaryClassification")
    assert (job.probability_attribute, job.probability_threshold) == ("0", 0.8)
    assert job.publish_metrics is True
    assert job.start_time == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("problem_type", "Binary", "is one of Regression, BinaryClassification or"),
        ("analysis_type", "DATA_QUALTY", "did you mean 'DATA_QUALITY'?"),
        ("publish_cloudwatch_metrics", "true", "one of Enabled or Disabled"),
        ("probability_threshold_attribute", "half", "Give a number"),
        ("end_time", "noon", "Give an ISO 8601 time"),
    ],
)
def test_a_value_without_meaning_is_refused(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    with pytest.raises(UserError) as raised:
        read_monitor_job(BASELINE | {name: value}, Paths(tmp_path))
    assert f"environment variable {name} is {value!r}" in str(raised.value)
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", DatasetFormat("capture")),
        ('{"sagemakerCaptureJson": {}}', DatasetFormat("capture")),
        ('{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput"]}}', None),
        ("Csv", DatasetFormat("csv", header=False)),
        ('{"Csv": {"Header": true}}', DatasetFormat("csv", header=True)),
        ('{"Json": {"Line": false}}', DatasetFormat("json", lines=False)),
        ('{"json": {"lines": true}}', DatasetFormat("json")),
        ('{"Parquet": {}}', DatasetFormat("parquet")),
        ('{"csv": {"output_columns_position": "END"}}', DatasetFormat("csv", False, True)),
    ],
)
def test_each_spelling_of_a_format_is_read(text: str, expected: DatasetFormat | None) -> None:
    assert parse_dataset_format(text) == (expected or DatasetFormat("capture"))


@pytest.mark.parametrize("text", ['{"orc": {}}', "[1]", '{"csv": {}, "json": {}}', '{"csv": 3}'])
def test_an_unknown_format_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="dataset_format names no format"):
        parse_dataset_format(text)


def test_the_message_counts_violations() -> None:
    assert describe_violations(0) == "Completed: Job completed successfully with no violations."
    assert describe_violations(1).endswith("with 1 violation.")
    assert describe_violations(3) == (
        "CompletedWithViolations: Job completed successfully with 3 violations."
    )

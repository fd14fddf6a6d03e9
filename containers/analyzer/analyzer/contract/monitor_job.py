"""The environment variables of a Model Monitor job.

(Developer Guide, "Container Contract Inputs"; SageMaker Python SDK, `model_monitoring.py`.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from analyzer.contract.dataset_format import DatasetFormat, parse_dataset_format
from tandem.contract.paths import Paths
from tandem.errors import UserError, did_you_mean, join_words

ANALYSIS_TYPES = ("DATA_QUALITY", "MODEL_QUALITY")
PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")
DRIFT_METHODS = ("LInfinity", "ChiSquared")
_SWITCH = ("Enabled", "Disabled")


@dataclass(frozen=True)
class MonitorJob:
    """A job: where its data lies, what to compare it with, and what to compute.

    Without `baseline_constraints` the job suggests a baseline. `ground_truth_source` makes it a
    merge of captured data with labels. Times are those of the analyzed window.
    """

    paths: Paths
    dataset_source: Path
    dataset_format: DatasetFormat
    output_path: Path
    baseline_statistics: Path | None = None
    baseline_constraints: Path | None = None
    preprocessor_script: Path | None = None
    postprocessor_script: Path | None = None
    publish_metrics: bool = False
    categorical_drift_method: str = ""
    analysis_type: str = "DATA_QUALITY"
    problem_type: str = ""
    inference_attribute: str = ""
    probability_attribute: str = ""
    ground_truth_attribute: str = ""
    probability_threshold: float | None = None
    ground_truth_source: Path | None = None
    endpoint: str = ""
    schedule: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None

    def contains(self, text: str) -> bool:
        """Return whether a time of ISO 8601 is in the window; one that is not known is."""
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            return True
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        after = self.start_time is None or time >= self.start_time
        return after and (self.end_time is None or time < self.end_time)


def read_monitor_job(variables: Mapping[str, str], paths: Paths) -> MonitorJob:
    """Parse the variables. Raises UserError when one is missing or has no meaning."""

    def text(name: str) -> str:
        return variables.get(name, "").strip()

    def path(name: str) -> Path | None:
        return paths.local(text(name)) if text(name) else None

    source = path("dataset_source")
    if source is None:
        raise UserError(
            "environment variable dataset_source is missing, and there is no file "
            "/opt/ml/processing/input/config/analysis_config.json",
            remedy="Give a Model Monitor job its environment, or a Clarify job its configuration",
        )
    return MonitorJob(
        paths=paths,
        dataset_source=source,
        dataset_format=parse_dataset_format(text("dataset_format")),
        output_path=path("output_path") or paths.root / "processing" / "output",
        baseline_statistics=path("baseline_statistics"),
        baseline_constraints=path("baseline_constraints"),
        preprocessor_script=path("record_preprocessor_script"),
        postprocessor_script=path("post_analytics_processor_script"),
        publish_metrics=_choose(variables, "publish_cloudwatch_metrics", _SWITCH) == "Enabled",
        categorical_drift_method=_choose(variables, "categorical_drift_method", DRIFT_METHODS),
        analysis_type=_choose(variables, "analysis_type", ANALYSIS_TYPES) or "DATA_QUALITY",
        problem_type=_choose(variables, "problem_type", PROBLEM_TYPES),
        inference_attribute=text("inference_attribute"),
        probability_attribute=text("probability_attribute"),
        ground_truth_attribute=text("ground_truth_attribute"),
        probability_threshold=_read_share(text("probability_threshold_attribute")),
        ground_truth_source=path("ground_truth_source"),
        endpoint=text("sagemaker_endpoint_name"),
        schedule=text("sagemaker_monitoring_schedule_name"),
        start_time=_read_time("start_time", text("start_time")),
        end_time=_read_time("end_time", text("end_time")),
    )


def _choose(variables: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = variables.get(name, "").strip()
    if value and value not in choices:
        raise UserError(
            f"environment variable {name} is {value!r}",
            remedy=did_you_mean(value, choices) or f"It is one of {join_words(choices, 'or')}",
        )
    return value


def _read_share(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise UserError(
            f"environment variable probability_threshold_attribute is {text!r}",
            remedy="Give a number between 0 and 1",
        ) from None


def _read_time(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"environment variable {name} is {text!r}",
            remedy="Give an ISO 8601 time such as 2026-01-31T12:00:00Z",
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)

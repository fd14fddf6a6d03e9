"""The numbers that a step has given, kept in its entry: later executions write their files anew."""

from collections.abc import Iterator, Mapping
from typing import Any

from local_test.service.resources.model_packages.model_metrics import list_metrics, read_numbers
from local_test.service.resources.pipelines.definition import PipelineStep
from local_test.service.storage.s3 import S3Storage

NUMBERS_FIELD = "Numbers"
"""The field of a step's entry that has its numbers, as texts by name."""


def collect_numbers(
    storage: S3Storage, step: PipelineStep, files: Mapping[str, str], properties: Mapping[str, Any]
) -> dict[str, str]:
    """Return the numbers of a step that has succeeded, by name.

    They are the metrics of its training, the best one of its search, and what its property files
    (S3 URIs by name) and the reports of its model package hold.
    """
    found = dict(_list_metrics(properties))
    for name, uri in files.items():
        found |= {f"{name}: {number}": text for number, text in read_numbers(storage, uri)}
    if step.kind == "RegisterModel":
        for report in list_metrics(storage, properties.get("ModelMetrics") or {}):
            found |= {f"{report['title']}: {name}": text for name, text in report["numbers"]}
    return found


def _list_metrics(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return name and value of what a job has measured."""
    for metric in properties.get("FinalMetricDataList") or ():
        yield metric["MetricName"], f"{metric['Value']:.6g}"
    best = properties.get("BestTrainingJob") or {}
    if metric := best.get("FinalHyperParameterTuningJobObjectiveMetric"):
        yield f"best {metric['MetricName']}", f"{metric['Value']:.6g}"
    candidate = properties.get("BestCandidate") or {}
    if metric := candidate.get("FinalAutoMLJobObjectiveMetric"):
        yield f"best {metric['MetricName']}", f"{metric['Value']:.6g}"

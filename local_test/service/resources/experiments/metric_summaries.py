"""The `Metrics` of trial components, from the points that were kept.

Source: API, TrialComponentMetricSummary.
"""

from collections.abc import Sequence
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.experiments.resource import TRIAL_COMPONENT
from local_test.service.storage.metric_store import MetricSummary
from local_test.service.storage.records import Record

METRICS = "Metrics"


def add_metrics(backend: Backend, components: Sequence[Record]) -> list[Record]:
    """Return components with the summaries of their metrics."""
    arns = [str(component[TRIAL_COMPONENT.arn_field]) for component in components]
    found = backend.metric_store.summarize(arns)
    return [
        component | {METRICS: [_describe(one, component) for one in found.get(arn, ())]}
        for arn, component in zip(arns, components, strict=True)
    ]


def _describe(summary: MetricSummary, component: Record) -> dict[str, Any]:
    source = component.get("Source") or {"SourceArn": component[TRIAL_COMPONENT.arn_field]}
    return {
        "MetricName": summary.name,
        "SourceArn": source["SourceArn"],
        "TimeStamp": summary.time,
        "Max": summary.most,
        "Min": summary.least,
        "Last": summary.last,
        "Count": summary.count,
        "Avg": summary.mean,
        "StdDev": summary.deviation,
    }

"""CloudWatch metrics as a file, which the platform publishes.

(Developer Guide, "CloudWatch Metrics for Bring Your Own Containers": one metric a line in
`/opt/ml/output/metrics/cloudwatch`.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from analyzer.contract.monitor_job import MonitorJob
from tandem.io.atomic_write import write_atomic

FILE = "output/metrics/cloudwatch/cloudwatch_metrics.jsonl"


@dataclass(frozen=True)
class CloudWatchMetric:
    """A metric of one value, or of `statistics` (SampleCount, Sum, Minimum, Maximum).

    `dimensions` are those beside endpoint and schedule.
    """

    name: str
    value: float = 0.0
    statistics: Mapping[str, float] | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


def write_metrics(job: MonitorJob, metrics: Iterable[CloudWatchMetric]) -> None:
    """Write the metrics of a job, at the end of its window and with its dimensions."""
    time = job.end_time or datetime.now(UTC)
    stamp = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pairs = (("Endpoint", job.endpoint), ("MonitoringSchedule", job.schedule))
    lines = []
    for metric in metrics:
        named = (*pairs, *metric.dimensions.items())
        dimensions = [{"Name": name, "Value": value} for name, value in named if value]
        content: dict[str, object] = {"MetricName": metric.name, "Timestamp": stamp}
        if dimensions:
            content["Dimensions"] = dimensions
        if metric.statistics is None:
            content["Value"] = metric.value
        else:
            content["StatisticValues"] = dict(metric.statistics)
        lines.append(json.dumps(content, allow_nan=False) + "\n")
    path = job.paths.root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, "".join(lines).encode())

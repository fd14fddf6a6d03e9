"""Read metrics from a training job's log lines, and pass the lines on to CloudWatch Logs."""

import time
from collections.abc import Sequence
from typing import Any

from local_test.platform.metrics import MetricDefinition, Metrics
from local_test.service.api.resource_type import now
from local_test.service.background.cloudwatch_logs import CloudWatchLogs, LogStream

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_MAX_VALUES = 500


class MetricWatch:
    """Reads the log lines of a job's containers.

    `values` has pairs of time (seconds since 1970) and value by the metric's name.
    """

    def __init__(
        self, logs: CloudWatchLogs, region: str, job: str, definitions: Sequence[MetricDefinition]
    ) -> None:
        self._logs = logs
        self._region = region
        self._job = job
        self._definitions = definitions
        self._began = int(time.time())
        self.values: dict[str, list[tuple[float, float]]] = {}

    def add_line(self, container: str, text: str) -> None:
        """Log one line without a metric in it."""
        number = container.replace(".", "-").rpartition("-")[2]
        name = f"{self._job}/algo-{number}-{self._began}"
        self._logs.add(LogStream(self._region, LOG_GROUP, name), text)

    def read_line(self, container: str, text: str) -> None:
        """Log one line of a container and read its metrics."""
        self.add_line(container, text)
        if self._definitions:
            metrics = Metrics(self._definitions)
            metrics.read_line(text)
            for metric, values in metrics.values.items():
                self.values.setdefault(metric, []).extend((now(), value) for value in values)

    def list_final(self) -> list[dict[str, Any]]:
        """Return the last value of each metric, in the form of FinalMetricDataList."""
        return [
            {"MetricName": name, "Value": values[-1][1], "Timestamp": values[-1][0]}
            for name, values in self.values.items()
        ]

    def list_series(self) -> dict[str, list[tuple[float, float]]]:
        """Return the values of each metric with their times, thinned out evenly to about 500."""
        thinned = {}
        for name, pairs in self.values.items():
            step = max(1, len(pairs) // _MAX_VALUES)
            thinned[name] = [*pairs[:-1:step], pairs[-1]]
        return thinned

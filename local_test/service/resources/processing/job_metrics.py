"""Metrics that the containers of a processing job leave for CloudWatch.

Source: Developer Guide, 'CloudWatch Metrics for Bring Your Own Containers': each line of a file in
`/opt/ml/output/metrics/cloudwatch` is one entry of PutMetricData.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError  # type: ignore[import-untyped]
from botocore.utils import parse_timestamp  # type: ignore[import-untyped]

from local_test.errors import UserError

METRIC_NAMESPACE = "MetricNamespace"
"""The field of a job's record with the namespace of its metrics."""

JOB_NAMESPACE = "/aws/sagemaker/ProcessingJobs/data-metrics"
_BATCH = 1000


def publish_metrics(client: Any, namespace: str, hosts: Path) -> None:
    """Publish the metrics of all hosts, whose trees are at `hosts/HOST/ml`, with a client.

    Raises UserError when a line is no metric.
    """
    for path in sorted(hosts.glob("*/ml/output/metrics/cloudwatch/*.jsonl")):
        metrics = list(_read_metrics(path))
        try:
            for start in range(0, len(metrics), _BATCH):
                batch = metrics[start : start + _BATCH]
                client.put_metric_data(Namespace=namespace, MetricData=batch)
        except (ClientError, ParamValidationError) as error:
            raise _make_error(path, str(error)) from error


def _read_metrics(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        try:
            metric = json.loads(line)
            if "Timestamp" in metric:
                metric["Timestamp"] = parse_timestamp(metric["Timestamp"])
        except (ValueError, TypeError) as error:
            raise _make_error(path, f"{line[:100]!r}") from error
        yield metric


def _make_error(path: Path, reason: str) -> UserError:
    return UserError(
        f"/opt/ml/output/metrics/cloudwatch/{path.name} has no metric of CloudWatch: {reason}",
        "write one entry of PutMetricData a line",
    )

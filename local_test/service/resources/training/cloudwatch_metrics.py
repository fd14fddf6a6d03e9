"""Publish a training job's metrics to CloudWatch, where the SageMaker SDK's analytics read them.

Source: CloudWatch API, MetricDatum: values that are NaN or infinite are not supported.
"""

import math

from local_test.service.backend import Backend
from local_test.service.resources.training.metric_watch import LOG_GROUP, MetricWatch

_BATCH = 1000


def publish_metrics(backend: Backend, region: str, job: str, watch: MetricWatch) -> None:
    """Publish all finite metric values of a job, each with its time."""
    data = [
        {
            "MetricName": name,
            "Dimensions": [{"Name": "TrainingJobName", "Value": job}],
            "Timestamp": time,
            "Value": value,
        }
        for name, values in watch.list_series().items()
        for time, value in values
        if math.isfinite(value)
    ]
    client = backend.aws.client("cloudwatch", region)
    for start in range(0, len(data), _BATCH):
        client.put_metric_data(Namespace=LOG_GROUP, MetricData=data[start : start + _BATCH])

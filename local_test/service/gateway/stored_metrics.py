"""The metrics that moto keeps: samples of one metric, read directly.

moto's GetMetricStatistics counts metrics with more dimensions too, which CloudWatch does not.
"""

from collections.abc import Iterator

from local_test.service.metrics.series import MetricName, MetricSample, Periods


def list_samples(
    account: str, region: str, metric: MetricName, periods: Periods, unit: str | None
) -> Iterator[MetricSample]:
    """Yield the samples of a metric within some periods, of one unit if one is given."""
    from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum, cloudwatch_backends

    for datum in tuple(cloudwatch_backends[account][region].metric_data):
        if (
            datum.name != metric.name
            or datum.namespace != metric.namespace
            or (unit is not None and datum.unit != unit)
            or {(one.name, one.value) for one in datum.dimensions} != metric.dimensions
        ):
            continue
        time = datum.timestamp.timestamp()
        if periods.find_begin(time) is None:
            continue
        if isinstance(datum, MetricDatum):
            value = datum.value
            yield MetricSample(time, 1.0, value, value, value, datum.unit)
        elif isinstance(datum, MetricAggregatedDatum):
            figures = (datum.sample_count, datum.sum, datum.min, datum.max)
            yield MetricSample(time, *figures, datum.unit)

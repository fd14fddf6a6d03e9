"""The values of metrics: those that moto keeps, and the percentiles of endpoints' latencies."""

from functools import partial

from local_test.service.api.resource_type import ACCOUNT
from local_test.service.backend import Backend
from local_test.service.gateway.stored_metrics import list_samples
from local_test.service.metrics.queries import ReadSeries
from local_test.service.metrics.series import (
    STATISTICS,
    MetricName,
    Periods,
    Series,
    compute_series,
)


def make_reader(backend: Backend, region: str) -> ReadSeries:
    """Return the function that reads metrics of a region."""
    return partial(_read, backend, region)


def _read(
    backend: Backend,
    region: str,
    metric: MetricName,
    periods: Periods,
    statistic: str,
    unit: str | None,
) -> Series:
    samples = list_samples(ACCOUNT, region, metric, periods, unit)
    parts = (
        ()
        if statistic in STATISTICS
        else backend.endpoint_metrics.list_distributions(region, metric, periods)
    )
    return compute_series(samples, parts, periods, statistic)

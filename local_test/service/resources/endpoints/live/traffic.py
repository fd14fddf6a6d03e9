"""The traffic of a variant in the last minutes, from its metrics."""

from collections.abc import Sequence
from dataclasses import dataclass

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.endpoint_metrics import NAMESPACE
from local_test.service.metrics.series import MetricName, Periods
from local_test.service.resources.metric_values import make_reader

MINUTES = 15
_MINUTE = 60
_LATENCY = "ModelLatency"
PERCENTILES = ("p50", "p90", "p99")


@dataclass(frozen=True)
class Traffic:
    """The traffic of a variant in the last 15 minutes, of which the newest is not over.

    `requests` and `errors` are counts of each minute, as (time, count). `latencies` are the
    percentiles of all 15 minutes in milliseconds, None without requests, and `slowest` the p99 of
    each minute that has one.
    """

    requests: Sequence[tuple[float, float]]
    errors: Sequence[tuple[float, float]]
    latencies: Sequence[float | None]
    slowest: Sequence[tuple[float, float]]

    @property
    def total(self) -> int:
        """The number of requests."""
        return int(sum(count for _, count in self.requests))

    @property
    def failed(self) -> int:
        """The number of requests that a container failed."""
        return int(sum(count for _, count in self.errors))


def measure_traffic(backend: Backend, region: str, endpoint: str, variant: str) -> Traffic:
    """Return the traffic of a variant; a request counts about a second after its response."""
    read = make_reader(backend, region)
    end = (int(now()) // _MINUTE + 1) * _MINUTE
    minutes = Periods(end - MINUTES * _MINUTE, end, _MINUTE)
    whole = Periods(minutes.start, end, MINUTES * _MINUTE)
    dimensions = frozenset({("EndpointName", endpoint), ("VariantName", variant)})

    def count(name: str) -> list[tuple[float, float]]:
        found = read(MetricName(NAMESPACE, name, dimensions), minutes, "Sum", None)
        return [(begin, found.get(begin, 0.0)) for begin in minutes.list_begins()]

    latency = MetricName(NAMESPACE, _LATENCY, dimensions)
    every = [read(latency, whole, percentile, None) for percentile in PERCENTILES]
    slowest = read(latency, minutes, PERCENTILES[-1], None)
    return Traffic(
        count("Invocations"),
        count("InvocationModelErrors"),
        [found[whole.start] / 1000 if whole.start in found else None for found in every],
        [(begin, value / 1000) for begin, value in slowest.items()],
    )

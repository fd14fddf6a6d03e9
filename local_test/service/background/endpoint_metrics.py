"""Metrics of endpoints in CloudWatch, a few seconds after each request.

Source: Developer Guide, "Amazon SageMaker AI metrics in Amazon CloudWatch": namespaces, names,
units and dimensions of endpoint invocation metrics and of metrics of endpoint instances; latencies
are in microseconds.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local_test.service.api.resource_type import ACCOUNT
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.error_boundary import run_round
from local_test.service.gateway.stored_metrics import (
    MINUTES_KEPT_SECONDS,
    add_samples,
    condense_samples,
)
from local_test.service.metrics.distribution import Distribution
from local_test.service.metrics.series import MetricName, MetricSample, Periods

NAMESPACE = "AWS/SageMaker"
_INSTANCE_NAMESPACE = "/aws/sagemaker/Endpoints"
_COMPONENT_NAMESPACE = "/aws/sagemaker/InferenceComponents"
_UTILIZATIONS = (
    *("CPUUtilization", "CPUUtilizationNormalized"),
    *("MemoryUtilization", "DiskUtilization"),
)

_PAUSE_SECONDS = 1.0
_PERIOD_SECONDS = 60
_CONDENSE_SECONDS = 3600
_MICROSECONDS = 1_000_000
_UNITS = {
    **dict.fromkeys(_UTILIZATIONS, "Percent"),
    "ApproximateAgeOfOldestRequest": "Seconds",
    **dict.fromkeys(
        (
            *("ModelLatency", "OverheadLatency", "ModelSetupTime"),
            *("FirstChunkLatency", "FirstChunkModelLatency", "FirstChunkOverheadLatency"),
        ),
        "Microseconds",
    ),
}


@dataclass(frozen=True)
class StreamTimes:
    """Of a streamed response: the seconds until its first part, and whether it broke off."""

    first_part_seconds: float
    broken: bool

    def list_values(self, overhead_seconds: float) -> Mapping[str, float]:
        """Return the values of the metrics of streams."""
        total = self.first_part_seconds + overhead_seconds
        return {
            "FirstChunkModelLatency": self.first_part_seconds * _MICROSECONDS,
            "FirstChunkOverheadLatency": overhead_seconds * _MICROSECONDS,
            "FirstChunkLatency": total * _MICROSECONDS,
            "MidStreamErrors": float(self.broken),
        }


@dataclass(frozen=True)
class Invocation:
    """One request that reached a variant's containers.

    `time` is in seconds since 1970 of the service's clock, the others in seconds. `failed_status`
    is None on success, else the status of the container that failed, 0 if it did not respond.
    `instances` is how many the variant has. `stream` is given for a streamed response. `config` is
    the name of the endpoint configuration that the variant was started from. `concurrency` is the
    share of its MaxConcurrency that a serverless variant has under way, None for others.
    """

    time: float
    model_seconds: float
    overhead_seconds: float
    failed_status: int | None
    instances: int = 1
    stream: StreamTimes | None = None
    config: str = ""
    concurrency: float | None = None

    def list_values(self) -> Mapping[str, float]:
        """Return the values of all metrics."""
        failed = self.failed_status
        return {
            "Invocations": 1.0,
            "InvocationsPerInstance": 1.0 / max(self.instances, 1),
            "Invocation4XXErrors": float(failed is not None and 400 <= failed < 500),
            "Invocation5XXErrors": float(failed is not None and failed >= 500),
            "InvocationModelErrors": float(failed is not None),
            "ModelLatency": self.model_seconds * _MICROSECONDS,
            "OverheadLatency": self.overhead_seconds * _MICROSECONDS,
            **(
                {}
                if self.concurrency is None
                else {"ServerlessConcurrentExecutionsUtilization": self.concurrency}
            ),
            **(self.stream.list_values(self.overhead_seconds) if self.stream else {}),
        }


@dataclass
class _Statistics:
    count: int = 0
    total: float = 0.0
    least: float = float("inf")
    greatest: float = float("-inf")

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.least = min(self.least, value)
        self.greatest = max(self.greatest, value)

    def describe(self, time: int, unit: str) -> MetricSample:
        return MetricSample(time, self.count, self.total, self.least, self.greatest, unit)


Owner = tuple[str, str | None, str | None]
"""Region and name of an endpoint, and a variant's name; None for metrics of the endpoint.

An inference component has no name of an endpoint, and its own name instead of the variant's.
"""

_Key = tuple[Owner, str, int, str]
"""Of what, the endpoint configuration or "", the minute, and the metric."""

_IDLE = ("Invocations", "InvocationsPerInstance")
_IDLE_COMPONENT = ("Invocations", "InvocationsPerCopy")
_KEPT_MINUTES = 120
_KEPT_DISTRIBUTIONS = MINUTES_KEPT_SECONDS // _PERIOD_SECONDS
_LATENCY = "Latency"


@dataclass
class EndpointMetrics:
    """Collects the metrics of invocations and publishes them every second; thread-safe.

    `count` is the number of invocations. Minutes are kept for a day of the service's clock, hours
    for 15 days.
    """

    count: int = 0
    _pending: dict[_Key, _Statistics] = field(default_factory=dict)
    _busy_minutes: dict[Owner, set[int]] = field(default_factory=dict)
    _distributions: dict[tuple[str, MetricName], dict[int, Distribution]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _condensed: float = 0.0
    _regions: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start the thread that publishes."""
        threading.Thread(target=self._run, name="endpoint-metrics", daemon=True).start()

    def close(self) -> None:
        """End the thread; what is not published yet is dropped."""
        self._closing.set()

    def add(self, region: str, endpoint: str | None, variant: str, invocation: Invocation) -> None:
        """Add an invocation of a variant or, without an endpoint, of an inference component."""
        minute = int(invocation.time // _PERIOD_SECONDS) * _PERIOD_SECONDS
        owner = (region, endpoint, variant)
        values = dict(invocation.list_values())
        if endpoint is None:
            values["InvocationsPerCopy"] = values.pop("InvocationsPerInstance")
        with self._lock:
            self.count += endpoint is not None
            self._keep_busy(owner, minute)
            for config in {"", invocation.config if endpoint is not None else ""}:
                for name, value in values.items():
                    self._pending.setdefault((owner, config, minute, name), _Statistics()).add(
                        value
                    )
                    if name.endswith(_LATENCY):
                        self._distribute(owner, config, minute, name, value)

    def list_distributions(
        self, region: str, metric: MetricName, periods: Periods
    ) -> Sequence[tuple[int, Distribution]]:
        """Return how a latency was distributed in each minute of some periods that has some.

        Minutes are in seconds since 1970, those of the last 24 hours.
        """
        with self._lock:
            found = self._distributions.get((region, metric), {})
            return [
                (minute, Distribution(part.counts.copy()))
                for minute, part in found.items()
                if periods.find_begin(minute) is not None
            ]

    def _distribute(self, owner: Owner, config: str, minute: int, name: str, value: float) -> None:
        minutes = self._distributions[owner[0], _name_metric(owner, config, name)]
        minutes.setdefault(minute, Distribution()).add(value)
        if len(minutes) > _KEPT_DISTRIBUTIONS:
            del minutes[min(minutes)]

    def add_setup(self, owner: Owner, seconds: float) -> None:
        """Add the time that new containers of a serverless variant took to start."""
        minute = int(SERVICE_CLOCK.read() // _PERIOD_SECONDS) * _PERIOD_SECONDS
        self.add_value(owner, minute, "ModelSetupTime", seconds * _MICROSECONDS)

    def add_value(self, owner: Owner, minute: int, name: str, value: float) -> None:
        """Add one value of a metric; the minute is in seconds since 1970."""
        with self._lock:
            self._pending.setdefault((owner, "", minute, name), _Statistics()).add(value)

    def add_idle_minute(self, region: str, endpoint: str | None, variant: str, minute: int) -> None:
        """Add zero invocations in a minute, unless there were some."""
        owner = (region, endpoint, variant)
        if minute not in self._busy_minutes.get(owner, ()):
            for name in _IDLE if endpoint is not None else _IDLE_COMPONENT:
                self.add_value(owner, minute, name, 0.0)

    def _keep_busy(self, owner: Owner, minute: int) -> None:
        busy = self._busy_minutes.setdefault(owner, set())
        busy.add(minute)
        if len(busy) > _KEPT_MINUTES:
            busy.remove(min(busy))

    def publish(self) -> None:
        """Publish what was added since the last call."""
        with self._lock:
            pending, self._pending = self._pending, {}
        by_region: dict[str, dict[MetricName, list[MetricSample]]] = {}
        for (owner, config, minute, name), statistics in pending.items():
            samples = by_region.setdefault(owner[0], defaultdict(list))
            sample = statistics.describe(minute, _UNITS.get(name, "None"))
            samples[_name_metric(owner, config, name)].append(sample)
        for region, samples in by_region.items():
            add_samples(ACCOUNT, region, samples)
        with self._lock:
            self._regions |= by_region.keys()
        self._condense(SERVICE_CLOCK.read())

    def _condense(self, moment: float) -> None:
        """Drop what is too old, once an hour."""
        with self._lock:
            if moment < self._condensed + _CONDENSE_SECONDS:
                return
            self._condensed = moment
            regions = tuple(self._regions)
        for region in regions:
            condense_samples(ACCOUNT, region, moment)
        with self._lock:
            for key, minutes in tuple(self._distributions.items()):
                for minute in [one for one in minutes if one < moment - MINUTES_KEPT_SECONDS]:
                    del minutes[minute]
                if not minutes:
                    del self._distributions[key]

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            run_round(self.publish)


def _name_metric(owner: Owner, config: str, name: str) -> MetricName:
    """Return a metric of an owner with its namespace and dimensions."""
    _, endpoint, variant = owner
    named = {"EndpointName": endpoint, "VariantName": variant, "EndpointConfigName": config}
    if endpoint is None:
        named = {"InferenceComponentName": variant}
    dimensions = frozenset((key, value) for key, value in named.items() if value)
    namespace = NAMESPACE
    if name in _UTILIZATIONS:
        namespace = _COMPONENT_NAMESPACE if endpoint is None else _INSTANCE_NAMESPACE
    return MetricName(namespace, name, dimensions)

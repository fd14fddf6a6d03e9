"""The metrics that moto keeps: samples of one metric, read and written directly.

moto's GetMetricStatistics counts metrics with more dimensions too, which CloudWatch does not. moto
keeps samples in one list without an end: an index finds those of a metric, and the samples that the
service itself writes are condensed.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from local_test.service.metrics.series import MetricName, MetricSample, Periods

MINUTES_KEPT_SECONDS = 24 * 3600
HOURS_KEPT_SECONDS = 15 * 24 * 3600
_HOUR = 3600

_lock = threading.Lock()


class _Index:
    """The samples of one of moto's lists by their metric; those after `read` were not seen yet."""

    def __init__(self, samples: list[Any]) -> None:
        self.samples = samples
        self.read = 0
        self.of_metric: dict[MetricName, list[Any]] = defaultdict(list)
        self.written: dict[tuple[MetricName, float], Any] = {}

    def update(self) -> None:
        """Add the samples that came since the last call."""
        for datum in self.samples[self.read :]:
            dimensions = frozenset((one.name, one.value) for one in datum.dimensions)
            self.of_metric[MetricName(datum.namespace, datum.name, dimensions)].append(datum)
            self.read += 1

    def remove(self, metric: MetricName, time: float) -> Any:
        """Remove a sample that the service wrote from the index, and return it."""
        datum = self.written.pop((metric, time))
        self.of_metric[metric].remove(datum)
        if not self.of_metric[metric]:
            del self.of_metric[metric]
        return datum

    def drop(self, gone: set[int]) -> None:
        """Remove samples from moto's list by their `id`; others may be appended meanwhile."""
        for position in reversed(range(self.read)):
            if id(self.samples[position]) in gone:
                del self.samples[position]
                self.read -= 1


_indexes: WeakKeyDictionary[Any, _Index] = WeakKeyDictionary()


def list_samples(
    account: str, region: str, metric: MetricName, periods: Periods, unit: str | None
) -> Sequence[MetricSample]:
    """Return the samples of a metric within some periods, of one unit if one is given."""
    with _lock:
        found = _update_index(account, region).of_metric.get(metric, ())
        samples = map(_read_sample, found)
        return [
            sample
            for sample in samples
            if periods.find_begin(sample.time) is not None and (unit is None or sample.unit == unit)
        ]


def add_samples(
    account: str, region: str, samples: Mapping[MetricName, Sequence[MetricSample]]
) -> None:
    """Write samples of the service's own; those of one metric and time are merged into one."""
    with _lock:
        index = _update_index(account, region)
        for metric, listed in samples.items():
            for sample in listed:
                _add_sample(index, metric, sample)
        index.update()


def condense_samples(account: str, region: str, moment: float) -> None:
    """Merge the service's own samples of minutes to hours after a day, and drop them after 15 days.

    `moment` is in seconds since 1970.
    """
    with _lock:
        index = _update_index(account, region)
        gone = set()
        for metric, time in sorted(index.written, key=lambda key: key[1]):
            hour = time // _HOUR * _HOUR
            expired = time < moment - HOURS_KEPT_SECONDS
            if expired or (time < moment - MINUTES_KEPT_SECONDS and time != hour):
                datum = index.remove(metric, time)
                gone.add(id(datum))
                if not expired:
                    _add_sample(index, metric, _read_sample(datum), hour)
        index.drop(gone)
        index.update()


def _update_index(account: str, region: str) -> _Index:
    from moto.cloudwatch.models import cloudwatch_backends

    backend = cloudwatch_backends[account][region]
    index = _indexes.get(backend)
    if index is None or index.samples is not backend.metric_data:
        index = _indexes[backend] = _Index(backend.metric_data)
    index.update()
    return index


def _add_sample(
    index: _Index, metric: MetricName, sample: MetricSample, time: float | None = None
) -> None:
    from moto.cloudwatch.models import MetricAggregatedDatum

    time = sample.time if time is None else time
    kept = index.written.get((metric, time))
    if kept is not None:
        kept.sample_count += sample.count
        kept.sum += sample.total
        kept.min = min(kept.min, sample.least)
        kept.max = max(kept.max, sample.greatest)
        return
    make = partial(MetricAggregatedDatum, metric.namespace, metric.name)
    datum = make(
        min_stat=sample.least,
        max_stat=sample.greatest,
        sample_count=sample.count,
        sum_stat=sample.total,
        dimensions=[{"Name": name, "Value": value} for name, value in sorted(metric.dimensions)],
        timestamp=datetime.fromtimestamp(time, UTC),
        unit=sample.unit,
    )
    index.written[metric, time] = datum
    index.samples.append(datum)


def _read_sample(datum: Any) -> MetricSample:
    time = datum.timestamp.timestamp()
    if hasattr(datum, "value"):
        return MetricSample(time, 1.0, datum.value, datum.value, datum.value, datum.unit)
    return MetricSample(time, datum.sample_count, datum.sum, datum.min, datum.max, datum.unit)

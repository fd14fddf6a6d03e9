"""The values of one metric, a statistic for each period.

Source: CloudWatch User Guide, 'CloudWatch statistics definitions': a set of statistics has
percentiles where it is one value.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from local_test.service.api.api_errors import ApiError
from local_test.service.metrics.distribution import Distribution, merge_distributions

Series = Mapping[int, float]
"""Values by the begin of their period, in seconds since 1970."""

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


@dataclass(frozen=True)
class MetricSample:
    """Some values of a metric at one time (seconds since 1970), as a set of statistics."""

    time: float
    count: float
    total: float
    least: float
    greatest: float
    unit: str | None = None


@dataclass(frozen=True)
class MetricName:
    """A metric: its namespace, its name, and exactly these dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Periods:
    """Periods of so many seconds from `start` until `end` (seconds since 1970)."""

    start: int
    end: int
    seconds: int

    def list_begins(self) -> Sequence[int]:
        """Return the begins of all periods."""
        return range(self.start, self.end, self.seconds)

    def find_begin(self, time: float) -> int | None:
        """Return the begin of the period that a time is in, None if it is in none."""
        if not self.start <= time < self.end:
            return None
        return self.start + int((time - self.start) // self.seconds) * self.seconds


def check_statistic(statistic: str) -> None:
    """Raise ApiError for a statistic that is not computed here."""
    if statistic not in STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise ApiError(
            "InvalidParameterValue",
            f"statistic {statistic} is not supported by the local service. Use "
            f"{', '.join(STATISTICS)} or a percentile such as p99 or p99.9.",
        )


def compute_series(
    samples: Iterable[MetricSample],
    distributions: Iterable[tuple[int, Distribution]],
    periods: Periods,
    statistic: str,
) -> Series:
    """Return a statistic of samples of one metric for each period that has some.

    `distributions` are those of the metric by minute. Raises ApiError for an unknown statistic.
    """
    check_statistic(statistic)
    match = _PERCENTILE.fullmatch(statistic)
    if match is not None:
        return _compute_percentiles(samples, distributions, periods, float(match[1]))
    totals = defaultdict[int, _Total](_Total)
    for sample in samples:
        begin = periods.find_begin(sample.time)
        if begin is not None:
            totals[begin].add(sample)
    return {begin: totals[begin].read(statistic) for begin in sorted(totals) if totals[begin].count}


def _compute_percentiles(
    samples: Iterable[MetricSample],
    distributions: Iterable[tuple[int, Distribution]],
    periods: Periods,
    percent: float,
) -> Series:
    parts = defaultdict[int, list[Distribution]](list)
    for minute, part in distributions:
        begin = periods.find_begin(minute)
        if begin is not None:
            parts[begin].append(part)
    if parts:
        merged = {begin: merge_distributions(parts[begin]) for begin in sorted(parts)}
        found = {begin: part.find_percentile(percent) for begin, part in merged.items()}
        return {begin: value for begin, value in found.items() if value is not None}
    values = defaultdict[int, list[tuple[float, float]]](list)
    for sample in samples:
        begin = periods.find_begin(sample.time)
        if begin is not None and (sample.count == 1 or sample.least == sample.greatest):
            values[begin].append((sample.greatest, sample.count))
    return {begin: _find_percentile(values[begin], percent) for begin in sorted(values)}


def _find_percentile(weighted: list[tuple[float, float]], percent: float) -> float:
    wanted = math.ceil(sum(count for _, count in weighted) * percent / 100)
    seen = 0.0
    for value, count in sorted(weighted):
        seen += count
        if seen >= wanted:
            return value
    return max(value for value, _ in weighted)


@dataclass
class _Total:
    count: float = 0.0
    total: float = 0.0
    least: float = field(default=math.inf)
    greatest: float = field(default=-math.inf)

    def add(self, sample: MetricSample) -> None:
        self.count += sample.count
        self.total += sample.total
        self.least = min(self.least, sample.least)
        self.greatest = max(self.greatest, sample.greatest)

    def read(self, statistic: str) -> float:
        values = {
            "SampleCount": self.count,
            "Average": self.total / self.count,
            "Sum": self.total,
            "Minimum": self.least,
            "Maximum": self.greatest,
        }
        return values[statistic]

"""Statistics and percentiles of samples and of distributions."""

from __future__ import annotations

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.metrics.distribution import Distribution
from local_test.service.metrics.series import MetricSample, Periods, compute_series

PERIODS = Periods(0, 180, 60)
SAMPLES = [
    MetricSample(5, 2, 6.0, 2.0, 4.0),
    MetricSample(50, 1, 9.0, 9.0, 9.0),
    MetricSample(130, 1, 1, 1, 1),
]


@pytest.mark.parametrize(
    ("statistic", "values"),
    [
        ("Sum", {0: 15.0, 120: 1.0}),
        ("Average", {0: 5.0, 120: 1.0}),
        ("Minimum", {0: 2.0, 120: 1.0}),
        ("Maximum", {0: 9.0, 120: 1.0}),
        ("SampleCount", {0: 3.0, 120: 1.0}),
        ("p99", {0: 9.0, 120: 1.0}),  # a set of several values has no percentile
    ],
)
def test_a_statistic_is_computed_for_each_period(statistic: str, values: dict[int, float]) -> None:
    assert compute_series(SAMPLES, (), PERIODS, statistic) == values


def test_percentiles_of_a_distribution_are_within_half_a_percent() -> None:
    parts = [Distribution(), Distribution()]
    for value in range(1, 1001):
        parts[value % 2].add(value)
    found = {
        percent: compute_series((), [(0, parts[0]), (60, parts[1])], Periods(0, 120, 120), percent)
        for percent in ("p50", "p90", "p99.9", "p100")
    }
    for percent, value in {"p50": 500, "p90": 900, "p99.9": 999, "p100": 1000}.items():
        assert found[percent][0] == pytest.approx(value, rel=0.005)


def test_an_unknown_statistic_is_refused() -> None:
    with pytest.raises(ApiError, match=r"tm90 is not supported .* percentile such as p99"):
        compute_series(SAMPLES, (), PERIODS, "tm90")

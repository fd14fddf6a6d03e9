"""Samples of the service's own are merged, condensed and dropped; those of clients are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from local_test.service.api.resource_type import ACCOUNT
from local_test.service.gateway.stored_metrics import (
    HOURS_KEPT_SECONDS,
    MINUTES_KEPT_SECONDS,
    add_samples,
    condense_samples,
    list_samples,
)
from local_test.service.metrics.series import MetricName, MetricSample, Periods

REGION = "sa-east-1"
START = 1_700_000_000 // 3600 * 3600
DAYS = Periods(START - 100, START + 30 * 86400, 60)


@pytest.fixture
def moto() -> list[Any]:
    """The samples that moto keeps, none at first."""
    from moto.cloudwatch.models import cloudwatch_backends

    backend = cloudwatch_backends[ACCOUNT][REGION]
    backend.metric_data = []
    return backend.metric_data


def name(dimension: str) -> MetricName:
    return MetricName("own", "Count", frozenset({("Name", dimension)}))


def add(dimension: str, time: float, *values: float) -> None:
    samples = [MetricSample(time, 1, value, value, value, "None") for value in values]
    add_samples(ACCOUNT, REGION, {name(dimension): samples})


def read(dimension: str) -> Mapping[float, tuple[float, float, float, float]]:
    found = list_samples(ACCOUNT, REGION, name(dimension), DAYS, None)
    return {one.time: (one.count, one.total, one.least, one.greatest) for one in found}


def put_as_client(time: float, value: float) -> None:
    from moto.cloudwatch.models import cloudwatch_backends

    dimensions = [{"Name": "Name", "Value": "a"}]
    datum = {"MetricName": "Count", "Dimensions": dimensions, "Value": value, "Timestamp": None}
    cloudwatch_backends[ACCOUNT][REGION].put_metric_data("own", [datum])
    cloudwatch_backends[ACCOUNT][REGION].metric_data[-1].timestamp = to_time(time)


def to_time(seconds: float) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


def test_samples_of_a_minute_are_one(moto: list[Any]) -> None:
    add("a", START, 3.0, 1.0)
    add("b", START, 7.0)
    add("a", START, 2.0)
    add("a", START + 60, 5.0)
    assert read("a") == {START: (3, 6.0, 1.0, 3.0), START + 60: (1, 5.0, 5.0, 5.0)}
    assert len(moto) == 3


def test_old_samples_are_condensed_and_then_dropped(moto: list[Any]) -> None:
    for minute in range(120):
        add("a", START + 60 * minute, float(minute))
    put_as_client(START + 61, 1000.0)
    condense_samples(ACCOUNT, REGION, START + MINUTES_KEPT_SECONDS)
    assert len(moto) == 121
    condense_samples(ACCOUNT, REGION, START + 3600 + MINUTES_KEPT_SECONDS)
    assert len(moto) == 1 + 60 + 1
    hour = sum(range(60))
    assert read("a")[START] == (60, hour, 0.0, 59.0)
    assert read("a")[START + 61] == (1, 1000.0, 1000.0, 1000.0)
    put_as_client(START + 62, 1001.0)
    add("a", START, 100.0)  # late, for an hour that is condensed
    assert read("a")[START] == (61, hour + 100.0, 0.0, 100.0)
    condense_samples(ACCOUNT, REGION, START + 7200 + HOURS_KEPT_SECONDS)
    assert read("a").keys() == {START + 61, START + 62}
    assert len(moto) == 2


def test_a_reset_of_moto_leaves_nothing(moto: list[Any]) -> None:
    from moto.cloudwatch.models import cloudwatch_backends

    add("a", START, 1.0)
    assert len(moto) == 1
    cloudwatch_backends[ACCOUNT][REGION].reset()
    assert not read("a")
    add("a", START, 2.0)
    assert read("a") == {START: (1, 2.0, 2.0, 2.0)}

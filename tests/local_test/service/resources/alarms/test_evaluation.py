"""The states of alarms: values in order, the newest last."""

from __future__ import annotations

import pytest

from local_test.service.resources.alarms.evaluation import AlarmRule

X, V, N = 9.0, 1.0, None  # breaching, not breaching, missing


def rule(periods: int, breaching: int, missing: str = "missing") -> AlarmRule:
    return AlarmRule("GreaterThanThreshold", 5.0, periods, breaching, missing)


@pytest.mark.parametrize(
    ("values", "breaching", "state"),
    [
        ([V, V, X, X, X], 3, "ALARM"),
        ([X, X, X, X, V], 3, "OK"),
        ([V, V, X, V, X], 2, "ALARM"),
        ([X, N, X, N, X], 3, "ALARM"),  # three values in five periods are enough
        ([X, N, V, N, X], 3, "OK"),
    ],
)
def test_enough_values_decide(values: list[float | None], breaching: int, state: str) -> None:
    for missing in ("missing", "breaching", "notBreaching", "ignore"):
        assert rule(3, breaching, missing).find_state(values, "OK") == state


@pytest.mark.parametrize(
    ("values", "missing", "state"),
    [
        ([N, N, N, N, N], "missing", "INSUFFICIENT_DATA"),
        ([N, N, N, N, N], "breaching", "ALARM"),
        ([N, N, N, N, N], "notBreaching", "OK"),
        ([N, N, N, N, N], "ignore", "OK"),
        ([N, N, X, N, N], "missing", "ALARM"),
        ([N, N, X, N, N], "breaching", "ALARM"),
        ([N, N, X, N, N], "notBreaching", "OK"),
        ([N, N, N, N, X], "missing", "OK"),  # the only breach is too new to be sure of
        ([N, N, N, V, N], "missing", "OK"),
        ([N, N, N, V, N], "breaching", "OK"),
    ],
)
def test_missing_values_count_as_the_alarm_says(
    values: list[float | None], missing: str, state: str
) -> None:
    assert rule(3, 3, missing).find_state(values, "OK") == state


def test_the_reason_names_values_and_threshold() -> None:
    one = AlarmRule("LessThanThreshold", 2.0, 1, 1)
    crossed = "Threshold Crossed: 1 datapoint [1.0] was less than the threshold (2.0)."
    assert one.describe_state([3.0, 1.0], "ALARM") == crossed
    assert "were not greater than the threshold (5.0)" in rule(2, 2).describe_state([V, X], "OK")
    assert "2 datapoints were unknown" in rule(2, 2).describe_state([N], "INSUFFICIENT_DATA")
    assert "treated as [notBreaching]" in rule(1, 1, "notBreaching").describe_state([N], "OK")

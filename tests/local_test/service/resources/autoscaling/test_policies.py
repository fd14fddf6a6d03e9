"""How many instances a policy asks for: steps, targets, cooldowns."""

from __future__ import annotations

from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.autoscaling import step_scaling, target_tracking

HIGH, LOW = "TargetTracking-x-AlarmHigh-1", "TargetTracking-x-AlarmLow-1"


def tracking(**more: Any) -> dict[str, Any]:
    configuration = {"TargetValue": 10.0, "ScaleOutCooldown": 60, "ScaleInCooldown": 120}
    return {"TargetTrackingScalingPolicyConfiguration": configuration} | more


@pytest.mark.parametrize(
    ("alarm", "values", "current", "more", "wanted"),
    [
        (HIGH, [11.0, 25.0], 2, {}, 5),
        (HIGH, [9.0], 2, {}, 2),
        (HIGH, [3.0], 0, {}, 1),
        # in the cooldown the two instances that were added are part of what is asked for
        (HIGH, [25.0], 4, {"LastScaleOut": {"Time": 950.0, "Base": 2}}, 5),
        (HIGH, [20.0], 4, {"LastScaleOut": {"Time": 950.0, "Base": 2}}, 4),
        (HIGH, [20.0], 4, {"LastScaleOut": {"Time": 930.0, "Base": 2}}, 8),
        (LOW, [1.0, 4.0, 2.0], 5, {}, 2),
        (LOW, [0.0, 0.0], 5, {}, 0),
        (LOW, [8.9], 2, {}, 2),
        (LOW, [0.0], 5, {"LastScaleIn": 900.0}, 5),
        (LOW, [0.0], 5, {"LastScaleIn": 870.0}, 0),
    ],
)
def test_a_metric_is_brought_to_its_target(
    alarm: str, values: list[float], current: int, more: dict[str, Any], wanted: int
) -> None:
    found = target_tracking.compute_capacity(tracking(**more), alarm, values, current, 1000.0)
    assert found == wanted


STEPS = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
    {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
    {"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1},
]


def steps(kind: str = "ChangeInCapacity", **more: Any) -> dict[str, Any]:
    configuration = {"AdjustmentType": kind, "StepAdjustments": STEPS, "Cooldown": 60} | more
    return {"StepScalingPolicyConfiguration": configuration}


@pytest.mark.parametrize(
    ("value", "current", "more", "wanted"),
    [
        (50.0, 2, {}, 3),
        (59.9, 2, {}, 3),
        (60.0, 2, {}, 5),
        (49.0, 2, {}, 1),
        (49.0, 0, {}, 0),
        (60.0, 3, {"LastScaleOut": {"Time": 950.0, "Base": 2}}, 5),
        (50.0, 3, {"LastScaleOut": {"Time": 950.0, "Base": 2}}, 3),
        (49.0, 3, {"LastScaleOut": {"Time": 950.0, "Base": 2}}, 3),
        (49.0, 3, {"LastScaleIn": 950.0}, 3),
        (50.0, 3, {"LastScaleIn": 950.0}, 4),
    ],
)
def test_a_step_is_relative_to_the_threshold(
    value: float, current: int, more: dict[str, Any], wanted: int
) -> None:
    assert step_scaling.compute_capacity(steps() | more, value, 50.0, current, 1000.0) == wanted


def test_percentages_are_rounded_towards_zero_and_to_one_at_least() -> None:
    half = [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 50}]
    policy = steps("PercentChangeInCapacity", StepAdjustments=half)
    found = [step_scaling.compute_capacity(policy, 1.0, 0.0, count, 0.0) for count in (1, 3, 5)]
    assert found == [2, 4, 7]
    policy = steps("PercentChangeInCapacity", StepAdjustments=half, MinAdjustmentMagnitude=3)
    assert step_scaling.compute_capacity(policy, 1.0, 0.0, 3, 0.0) == 6
    policy = steps("ExactCapacity", StepAdjustments=half)
    assert step_scaling.compute_capacity(policy, 1.0, 0.0, 3, 0.0) == 50


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"AdjustmentType": None}, "AdjustmentType missing"),
        ({"StepAdjustments": []}, "Add one step"),
        ({"StepAdjustments": [*STEPS, STEPS[0]]}, "overlap or leave a gap"),
        ({"StepAdjustments": STEPS[1:]}, "overlap or leave a gap"),
        (
            {"StepAdjustments": [STEPS[0] | {"MetricIntervalLowerBound": 10}]},
            "must be greater than the lower bound",
        ),
    ],
)
def test_invalid_steps_are_refused(changes: dict[str, Any], sentence: str) -> None:
    configuration = steps()["StepScalingPolicyConfiguration"] | changes
    given = {name: value for name, value in configuration.items() if value is not None}
    with pytest.raises(ApiError, match=sentence):
        step_scaling.check_steps(given)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Give either a Predefined"),
        (
            {"PredefinedMetricSpecification": {"PredefinedMetricType": "RDSReader"}},
            "RDSReader is not supported",
        ),
        ({"CustomizedMetricSpecification": {"Metrics": []}}, "true for one of Metrics"),
        ({"CustomizedMetricSpecification": {"MetricName": "m"}}, "Namespace, Statistic missing"),
        (
            {
                "TargetValue": 0.0,
                "CustomizedMetricSpecification": dict.fromkeys(
                    ("MetricName", "Namespace", "Statistic"), "x"
                ),
            },
            "must be greater than 0",
        ),
    ],
)
def test_invalid_metrics_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ApiError, match=sentence):
        target_tracking.check_metric({"TargetValue": 1.0} | changes, "endpoint/e/variant/v")

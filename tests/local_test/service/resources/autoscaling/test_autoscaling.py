"""Application Auto Scaling: what is refused, and what a target keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import ServiceModel
from local_test.service.backend import Backend
from local_test.service.resources.autoscaling.operations import OPERATIONS
from local_test.service.resources.endpoints.resource import ENDPOINT
from tests.clients.account import REGION
from tests.local_test.service.in_process import open_service

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/served/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
BOUNDS: dict[str, Any] = {"MinCapacity": 1, "MaxCapacity": 3}
TRACKING = {
    "PolicyName": "track",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
        },
    },
}
_API = ServiceModel("application-autoscaling")


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """A service with an endpoint of one variant."""
    with open_service(tmp_path) as (backend, _):
        record = {
            "EndpointName": "served",
            "EndpointArn": ENDPOINT.make_arn(REGION, "served"),
            "EndpointStatus": "InService",
            "CreationTime": 1.0,
            "ProductionVariants": [{"VariantName": "AllTraffic", "DesiredInstanceCount": 1}],
        }
        backend.records.add(ENDPOINT, REGION, "served", record)
        yield backend


def call(backend: Backend, operation: str, **changes: Any) -> Any:
    request = TARGET | changes
    _API.validate(operation, request)
    shape = _API.get_operation(operation).output_shape
    return OPERATIONS[operation](backend, ApiCall(operation, request, REGION, shape))


def ask(backend: Backend, operation: str, **request: Any) -> Any:
    """Call an operation that names no target."""
    shape = _API.get_operation(operation).output_shape
    request = {"ServiceNamespace": "sagemaker"} | request
    return OPERATIONS[operation](backend, ApiCall(operation, request, REGION, shape))


def test_a_target_keeps_its_bounds_and_tags(backend: Backend) -> None:
    arn = call(backend, "RegisterScalableTarget", **BOUNDS)["ScalableTargetARN"]
    call(backend, "RegisterScalableTarget", MaxCapacity=5)
    [target] = ask(backend, "DescribeScalableTargets")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 5)
    assert target["SuspendedState"]["DynamicScalingInSuspended"] is False
    ask(backend, "TagResource", ResourceARN=arn, Tags={"team": "a", "cost": "1"})
    ask(backend, "UntagResource", ResourceARN=arn, TagKeys=["cost"])
    assert ask(backend, "ListTagsForResource", ResourceARN=arn)["Tags"] == {"team": "a"}
    assert ask(backend, "DescribeScalableTargets", ResourceIds=["x"])["ScalableTargets"] == []


def test_a_target_is_deregistered_with_its_policies_and_actions(backend: Backend) -> None:
    call(backend, "RegisterScalableTarget", **BOUNDS)
    made = call(backend, "PutScalingPolicy", **TRACKING)
    again = call(backend, "PutScalingPolicy", **TRACKING)
    assert again["PolicyARN"] == made["PolicyARN"]
    action = {"MinCapacity": 2}
    call(
        backend,
        "PutScheduledAction",
        ScheduledActionName="daily",
        Schedule="cron(0 9 * * ? *)",
        ScalableTargetAction=action,
    )
    cloudwatch = backend.moto_client("cloudwatch", REGION)
    names = [one["AlarmName"] for one in again["Alarms"]]
    alarms = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
    found = [(one["Threshold"], one["EvaluationPeriods"]) for one in alarms]
    assert sorted(found) == [(63.0, 15), (70.0, 3)]
    assert sorted(one["AlarmName"] for one in alarms) == sorted(names)
    assert all(one["AlarmActions"] == [made["PolicyARN"]] for one in alarms)
    [policy] = ask(backend, "DescribeScalingPolicies", PolicyNames=["track"])["ScalingPolicies"]
    assert policy["Alarms"] == again["Alarms"]
    [scheduled] = ask(backend, "DescribeScheduledActions")["ScheduledActions"]
    assert scheduled["ScalableTargetAction"] == action
    call(backend, "DeregisterScalableTarget")
    assert cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"] == []
    assert ask(backend, "DescribeScalingPolicies")["ScalingPolicies"] == []
    assert ask(backend, "DescribeScheduledActions")["ScheduledActions"] == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ResourceId": "endpoint/served/variant/B"}, "served has no variant B: AllTraffic"),
        ({"ResourceId": "endpoint/none/variant/B"}, "Could not find endpoint"),
        ({"ResourceId": "served"}, "ResourceId served is no variant"),
        (
            {"ScalableDimension": "sagemaker:inference-component:DesiredCopyCount"},
            "is not supported. Use sage",
        ),
        ({"ServiceNamespace": "ecs"}, "of the namespace ecs is not supported"),
        ({"MinCapacity": 4}, "cannot be less than minimum"),
        ({"MinCapacity": 0}, "only asynchronous endpoints scale to zero"),
    ],
)
def test_a_target_that_cannot_scale_is_refused(
    backend: Backend, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ApiError, match=sentence):
        call(backend, "RegisterScalableTarget", **BOUNDS | changes)
    assert ask(backend, "DescribeScalableTargets")["ScalableTargets"] == []


def test_a_new_target_needs_both_bounds(backend: Backend) -> None:
    with pytest.raises(ApiError, match="MaxCapacity must be specified"):
        call(backend, "RegisterScalableTarget", MinCapacity=1)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("PutScalingPolicy", TRACKING),
        ("PutScheduledAction", {"ScheduledActionName": "a", "Schedule": "rate(1 hour)"}),
        ("DeleteScalingPolicy", {"PolicyName": "a"}),
        ("DeleteScheduledAction", {"ScheduledActionName": "a"}),
        ("DeregisterScalableTarget", {}),
    ],
)
def test_what_is_not_registered_is_not_found(
    backend: Backend, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(ApiError) as refused:
        call(backend, operation, **request_)
    assert refused.value.code == "ObjectNotFoundException"


@pytest.mark.parametrize(
    ("operation", "request_", "sentence"),
    [
        ("PutScalingPolicy", {"PolicyName": "p"}, "StepScalingPolicyConfiguration missing"),
        (
            "PutScalingPolicy",
            {"PolicyName": "p", "PolicyType": "PredictiveScaling"},
            "PredictiveScaling is not supported",
        ),
        (
            "PutScheduledAction",
            {"ScheduledActionName": "a", "Schedule": "each hour"},
            "ScalableTargetAction missing",
        ),
        (
            "PutScheduledAction",
            {"ScheduledActionName": "a", "Schedule": "each hour", "ScalableTargetAction": BOUNDS},
            "Invalid Schedule Expression each hour",
        ),
    ],
)
def test_what_would_not_scale_is_refused(
    backend: Backend, operation: str, request_: dict[str, Any], sentence: str
) -> None:
    call(backend, "RegisterScalableTarget", **BOUNDS)
    with pytest.raises(ApiError, match=sentence):
        call(backend, operation, **request_)
    assert ask(backend, "DescribeScalingPolicies")["ScalingPolicies"] == []
    assert ask(backend, "DescribeScheduledActions")["ScheduledActions"] == []


def test_one_policy_tracks_a_metric_of_a_target(backend: Backend) -> None:
    call(backend, "RegisterScalableTarget", **BOUNDS)
    call(backend, "PutScalingPolicy", **TRACKING)
    call(backend, "PutScalingPolicy", **TRACKING)  # the same policy again
    with pytest.raises(ApiError, match="Policy track of endpoint/served/variant"):
        call(backend, "PutScalingPolicy", **TRACKING | {"PolicyName": "second"})

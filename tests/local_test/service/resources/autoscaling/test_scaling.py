"""Policies, alarms and scheduled actions scale real instances, on a clock that is advanced."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.clients.account import Account, run_service
from tests.local_test.service.resources.test_endpoints import ask, container, model, stands

NAMES = ("served", "queued")
MINUTE = 60


@pytest.fixture(scope="module")
def scaled(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A service with the endpoints `served` and `queued`, which is asynchronous."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        with run_service("process", tmp_path_factory.mktemp("scaling")) as account:
            account.bucket("standins")
            model(account, "model", container(account, "model", tag="m"))
            variant = {
                "VariantName": "All",
                "ModelName": "model",
                "InitialInstanceCount": 1,
                "InstanceType": "ml.m5.large",
            }
            output = {"OutputConfig": {"S3OutputPath": "s3://standins/out"}}
            for name, more in zip(NAMES, ({}, {"AsyncInferenceConfig": output}), strict=True):
                account.sagemaker.create_endpoint_config(
                    EndpointConfigName=name, ProductionVariants=[variant], **more
                )
                account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
            for name in NAMES:
                assert stands(account, name)["EndpointStatus"] == "InService"
            yield account


def target(name: str) -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{name}/variant/All",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def advance(account: Account, seconds: int) -> datetime:
    """Move the clock and give the time then."""
    request = urllib.request.Request(
        f"{account.url}/local-sagemaker/clock?seconds={seconds}",
        method="POST",
        headers={"X-Local-Sagemaker": "1"},
    )
    with urllib.request.urlopen(request) as response:
        return datetime.fromisoformat(json.load(response)["time"])


def count(account: Account, name: str) -> int:
    [variant] = stands(account, name)["ProductionVariants"]
    return int(variant["CurrentInstanceCount"])


def activities(account: Account, name: str) -> list[tuple[str, str]]:
    scaling = account.client("application-autoscaling")
    told = scaling.describe_scaling_activities(
        ServiceNamespace="sagemaker", ResourceId=target(name)["ResourceId"]
    )["ScalingActivities"]
    assert {one["StatusCode"] for one in told} <= {"Successful"}, told
    return [(one["Description"], one["Cause"]) for one in told]


def test_instances_follow_the_invocations(scaled: Account) -> None:
    scaling = scaled.client("application-autoscaling")
    scaling.register_scalable_target(**target("served"), MinCapacity=1, MaxCapacity=3)
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    made = scaling.put_scaling_policy(
        **target("served"),
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 4.0,
            "PredefinedMetricSpecification": metric,
        },
    )
    topic = scaled.client("sns").create_topic(Name="alarms")["TopicArn"]
    queue = scaled.client("sqs").create_queue(QueueName="alarms")["QueueUrl"]
    arn = "arn:aws:sqs:eu-central-1:123456789012:alarms"
    scaled.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloudwatch = scaled.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": "served"},
            {"Name": "VariantName", "Value": "All"},
        ],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    for _ in range(3):
        for _ in range(7):
            ask(scaled, "served")
        advance(scaled, MINUTE)
    assert count(scaled, "served") == 2
    states = {
        alarm["AlarmName"]: alarm["StateValue"]
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]
    }
    high, low = (alarm["AlarmName"] for alarm in made["Alarms"])
    assert high.startswith("TargetTracking-endpoint/served/variant/All-AlarmHigh-")
    assert (states[high], states["busy"]) == ("ALARM", "ALARM")
    [message] = scaled.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == ("busy", "ALARM")
    assert activities(scaled, "served") == [
        (
            "Setting desired instance count to 2.",
            f"monitor alarm {high} in state ALARM triggered policy track",
        )
    ]
    advance(scaled, 30 * MINUTE)
    assert count(scaled, "served") == 1
    assert activities(scaled, "served")[0] == (
        "Setting desired instance count to 1.",
        f"monitor alarm {low} in state ALARM triggered policy track",
    )


def test_a_scheduled_action_moves_the_bounds(scaled: Account) -> None:
    scaling = scaled.client("application-autoscaling")
    scaling.register_scalable_target(**target("served"), MinCapacity=1, MaxCapacity=3)
    due = advance(scaled, 1) + timedelta(minutes=30)
    scaling.put_scheduled_action(
        **target("served"),
        ScheduledActionName="morning",
        Schedule=f"at({due.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
        ScalableTargetAction={"MinCapacity": 2},
    )
    advance(scaled, 29 * MINUTE)
    assert count(scaled, "served") == 1
    advance(scaled, 2 * MINUTE)
    assert count(scaled, "served") == 2
    assert activities(scaled, "served")[:2] == [
        ("Setting desired instance count to 2.", "minimum capacity was set to 2"),
        (
            "Setting min capacity to 2 and max capacity to 3",
            "scheduled action name morning was triggered",
        ),
    ]


def test_an_asynchronous_endpoint_scales_to_zero_and_back(scaled: Account) -> None:
    scaling, dimensions = (
        scaled.client("application-autoscaling"),
        [{"Name": "EndpointName", "Value": "queued"}],
    )
    scaling.register_scalable_target(**target("queued"), MinCapacity=0, MaxCapacity=2)
    backlog: dict[str, Any] = {
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Namespace": "AWS/SageMaker",
        "Dimensions": dimensions,
        "Statistic": "Average",
    }
    scaling.put_scaling_policy(
        **target("queued"),
        PolicyName="backlog",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 5.0,
            "CustomizedMetricSpecification": backlog,
        },
    )
    wake = scaling.put_scaling_policy(
        **target("queued"),
        PolicyName="wake",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 60,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    )
    scaled.client("cloudwatch").put_metric_alarm(
        AlarmName="waiting",
        Namespace="AWS/SageMaker",
        MetricName="HasBacklogWithoutCapacity",
        Dimensions=dimensions,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="missing",
        AlarmActions=[wake["PolicyARN"]],
    )
    advance(scaled, 20 * MINUTE)
    assert count(scaled, "queued") == 0
    source = scaled.put("s3://standins/in.csv", "1\n")
    output = scaled.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName="queued", InputLocation=source, ContentType="text/csv"
    )["OutputLocation"]
    advance(scaled, 2 * MINUTE)
    assert count(scaled, "queued") == 1
    deadline = time.monotonic() + 60
    while not scaled.keys(output):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert scaled.get(output) == b"m(1)\n"
    assert activities(scaled, "queued")[0] == (
        "Setting desired instance count to 1.",
        "monitor alarm waiting in state ALARM triggered policy wake",
    )


def test_targets_of_a_deleted_endpoint_are_deregistered(scaled: Account) -> None:
    scaling = scaled.client("application-autoscaling")
    scaled.sagemaker.delete_endpoint(EndpointName="served")
    deadline = time.monotonic() + 60
    while True:
        told = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
        if "endpoint/served/variant/All" not in [one["ResourceId"] for one in told]:
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    names = [
        alarm["AlarmName"]
        for alarm in scaled.client("cloudwatch").describe_alarms()["MetricAlarms"]
    ]
    assert not [name for name in names if name.startswith("TargetTracking-endpoint/served")]

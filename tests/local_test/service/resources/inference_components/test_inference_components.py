"""Several models with copies of their own on one endpoint."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import ROLE, Account, wait_until_settled
from tests.local_test.service.resources.test_endpoints import (
    STANDIN,
    archive,
    ask,
    container,
    endpoint,
    model,
)

NAME = "shared"
SMALL = {"NumberOfCpuCoresRequired": 1.0, "MinMemoryRequiredInMb": 1024}


@pytest.fixture(scope="module")
def shared(account: Account) -> Account:
    """The service with an endpoint for components, and the components `one` and `two` on it."""
    account.bucket("standins")
    model(account, "component-one", container(account, "component-one", tag="one"))
    variant = {
        "VariantName": "All",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "ManagedInstanceScaling": {
            "Status": "ENABLED",
            "MinInstanceCount": 1,
            "MaxInstanceCount": 2,
        },
    }
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=NAME, ProductionVariants=[variant], ExecutionRoleArn=ROLE
    )
    told = endpoint(account, NAME)
    assert told["EndpointStatus"] == "InService", told
    create(account, "one", {"ModelName": "component-one"})
    uri = account.put("s3://standins/component-two.tar.gz", archive(tag="two"))
    create(account, "two", {"Container": {"Image": STANDIN, "ArtifactUrl": uri}})
    for name in ("one", "two"):
        assert settled(account, name)["InferenceComponentStatus"] == "InService"
    return account


def create(account: Account, name: str, what: dict[str, Any], **needed: float) -> None:
    account.sagemaker.create_inference_component(
        InferenceComponentName=name,
        EndpointName=NAME,
        VariantName="All",
        Specification=what | {"ComputeResourceRequirements": SMALL | needed},
        RuntimeConfig={"CopyCount": 1},
    )


def settled(account: Account, name: str) -> dict[str, Any]:
    return wait_until_settled(
        lambda: account.sagemaker.describe_inference_component(InferenceComponentName=name),
        "InferenceComponentStatus",
    )


def ask_component(account: Account, name: str) -> str:
    return str(ask(account, NAME, InferenceComponentName=name)["Body"])


def count_instances(account: Account) -> int:
    told = account.sagemaker.describe_endpoint(EndpointName=NAME)
    return int(told["ProductionVariants"][0]["CurrentInstanceCount"])


def test_each_component_answers_by_its_name(shared: Account) -> None:
    assert ask_component(shared, "one") == "one(x)\n"
    assert ask_component(shared, "two") == "two(x)\n"
    assert ask(shared, NAME, InferenceComponentName="two")["InvokedProductionVariant"] == "All"
    with pytest.raises(ClientError, match="Inference Component Name header is required"):
        ask(shared, NAME)
    with pytest.raises(ClientError, match="component three was not found"):
        ask_component(shared, "three")
    listed = shared.sagemaker.list_inference_components(EndpointNameEquals=NAME, SortBy="Name")
    names = [item["InferenceComponentName"] for item in listed["InferenceComponents"]]
    assert names == ["two", "one"]
    nowhere = shared.sagemaker.list_inference_components(VariantNameEquals="None")
    assert nowhere["InferenceComponents"] == []
    assert "colour None" in shared.lines("/aws/sagemaker/InferenceComponents/one", "All/i-")
    told = settled(shared, "two")
    assert told["Specification"]["Container"]["DeployedImage"]["SpecifiedImage"] == STANDIN
    dimensions = [{"Name": "InferenceComponentName", "Value": "two"}]
    cloudwatch = shared.client("cloudwatch")
    deadline = time.monotonic() + 60
    while not cloudwatch.list_metrics(MetricName="InvocationsPerCopy", Dimensions=dimensions)[
        "Metrics"
    ]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_copies_come_and_go_and_the_instances_follow(shared: Account) -> None:
    assert count_instances(shared) == 1
    for count, instances in ((3, 2), (1, 1)):
        shared.sagemaker.update_inference_component_runtime_config(
            InferenceComponentName="one", DesiredRuntimeConfig={"CopyCount": count}
        )
        told = settled(shared, "one")
        counts = {"DesiredCopyCount": count, "CurrentCopyCount": count}
        assert (told["InferenceComponentStatus"], told["RuntimeConfig"]) == ("InService", counts)
        assert count_instances(shared) == instances
        assert ask_component(shared, "one") == "one(x)\n"


def test_a_component_is_a_target_of_auto_scaling(shared: Account) -> None:
    scaling = shared.client("application-autoscaling")
    target = {"ServiceNamespace": "sagemaker", "ResourceId": "inference-component/one"}
    copies = target | {"ScalableDimension": "sagemaker:inference-component:DesiredCopyCount"}
    instances = target | {"ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
    with pytest.raises(ClientError, match="of inference-component/one is not supported"):
        scaling.register_scalable_target(**instances, MinCapacity=1, MaxCapacity=2)
    scaling.register_scalable_target(**copies, MinCapacity=2, MaxCapacity=3)
    told = settled(shared, "one")
    assert told["RuntimeConfig"] == {"DesiredCopyCount": 2, "CurrentCopyCount": 2}
    [activity] = scaling.describe_scaling_activities(**target)["ScalingActivities"]
    assert activity["StatusCode"] == "Successful"
    assert activity["StatusMessage"].startswith("Successfully set desired copy count to 2.")
    tracking = {
        "TargetValue": 5.0,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "SageMakerInferenceComponentInvocationsPerCopy"
        },
    }
    policy = copies | {"PolicyName": "track", "PolicyType": "TargetTrackingScaling"}
    alarms = scaling.put_scaling_policy(
        **policy, TargetTrackingScalingPolicyConfiguration=tracking
    )["Alarms"]
    [high] = shared.client("cloudwatch").describe_alarms(AlarmNames=[alarms[0]["AlarmName"]])[
        "MetricAlarms"
    ]
    dimensions = [{"Name": "InferenceComponentName", "Value": "one"}]
    assert (high["MetricName"], high["Dimensions"]) == ("InvocationsPerCopy", dimensions)
    tracking["PredefinedMetricSpecification"] = {
        "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
    }
    with pytest.raises(ClientError, match="Use SageMakerInferenceComponentInvocationsPerCopy"):
        scaling.put_scaling_policy(**policy, TargetTrackingScalingPolicyConfiguration=tracking)
    with pytest.raises(ClientError, match="No scalable target registered"):
        scaling.deregister_scalable_target(**instances)
    scaling.deregister_scalable_target(**copies)


def test_a_component_that_does_not_fit_fails_and_harms_no_other(shared: Account) -> None:
    create(shared, "huge", {"ModelName": "component-one"}, MinMemoryRequiredInMb=9000)
    told = settled(shared, "huge")
    assert told["InferenceComponentStatus"] == "Failed"
    assert "needs 1 vCPUs, 9000 MiB" in told["FailureReason"]
    assert ask_component(shared, "one") == "one(x)\n"
    shared.sagemaker.delete_inference_component(InferenceComponentName="huge")


def test_new_copies_replace_old_ones_only_when_they_are_healthy(shared: Account) -> None:
    model(shared, "component-bad", container(shared, "component-bad", broken=True))
    model(shared, "component-new", container(shared, "component-new", tag="new"))
    for name, answer in (("component-bad", "two(x)\n"), ("component-new", "new(x)\n")):
        shared.sagemaker.update_inference_component(
            InferenceComponentName="two",
            Specification={"ModelName": name, "ComputeResourceRequirements": SMALL},
        )
        told = settled(shared, "two")
        assert told["InferenceComponentStatus"] == "InService"
        assert ("FailureReason" in told) == (name == "component-bad")
        assert ask_component(shared, "two") == answer


def test_an_endpoint_stays_while_it_has_components(shared: Account) -> None:
    with pytest.raises(ClientError, match="has inference components"):
        shared.sagemaker.delete_endpoint(EndpointName=NAME)
    for name in ("one", "two"):
        shared.sagemaker.delete_inference_component(InferenceComponentName=name)
        with pytest.raises(ClientError, match="Could not find inference component"):
            settled(shared, name)
    shared.sagemaker.delete_endpoint(EndpointName=NAME)


@pytest.mark.parametrize(
    ("specification", "sentence"),
    [
        ({"ModelName": "component-one"}, "ComputeResourceRequirements missing"),
        ({"ComputeResourceRequirements": SMALL}, "either a ModelName or a Container"),
        (
            {"ModelName": "component-one", "BaseInferenceComponentName": "b"},
            "BaseInferenceComponentName of CreateInferenceComponent is not supported",
        ),
    ],
)
def test_a_specification_that_says_too_little_is_refused(
    account: Account, specification: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence):
        account.sagemaker.create_inference_component(
            InferenceComponentName="refused",
            EndpointName=NAME,
            VariantName="All",
            Specification=specification,
        )

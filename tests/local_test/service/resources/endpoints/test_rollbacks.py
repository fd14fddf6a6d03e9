"""Linear deployments, alarms in each baking time, failed rollbacks, and what an update keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account, run_service
from tests.local_test.service.resources.endpoints.test_guardrails import (
    NAME,
    advance,
    answers,
    bakes,
    describe,
    prepare,
    update,
    wait_for,
)
from tests.local_test.service.resources.test_endpoints import container, stands

LINEAR: dict[str, Any] = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "LINEAR",
            "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 600,
        }
    },
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "by-hand"}]},
}
ROLLING: dict[str, Any] = {
    "RollingUpdatePolicy": {
        "MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": 600,
    },
    "AutoRollbackConfiguration": LINEAR["AutoRollbackConfiguration"],
}


@pytest.fixture(scope="module")
def guarded(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        with run_service("process", tmp_path_factory.mktemp("rollbacks")) as account:
            prepare(account)
            put_alarm(account)
            yield account


def put_alarm(account: Account) -> None:
    """Make an alarm whose state nothing but a client changes."""
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="by-hand",
        Namespace="own",
        MetricName="nothing",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="ignore",
    )


def set_alarm(account: Account, state: str) -> None:
    account.client("cloudwatch").set_alarm_state(
        AlarmName="by-hand", StateValue=state, StateReason="a test"
    )


def settle(account: Account) -> tuple[str, str]:
    told = stands(account, NAME)
    return told["EndpointStatus"], told["EndpointConfigName"]


def test_a_linear_deployment_goes_on_step_by_step_and_back_from_the_last(guarded: Account) -> None:
    update(guarded, "better", LINEAR)
    wait_for(lambda: bakes(guarded))
    assert answers(guarded) == {"good(x)\n", "better(x)\n"}
    advance(guarded, 601)
    wait_for(lambda: answers(guarded) == {"better(x)\n"})
    assert describe(guarded)["EndpointConfigName"] == "good"  # it bakes
    set_alarm(guarded, "ALARM")
    assert settle(guarded) == ("InService", "good")
    told = describe(guarded)
    assert told["FailureReason"] == "The alarm by-hand went off in the deployment"
    assert "LastDeploymentConfig" not in told
    assert answers(guarded) == {"good(x)\n"}
    update(guarded, "better", LINEAR)  # an alarm that is on lets nothing begin
    assert settle(guarded) == ("InService", "good")
    set_alarm(guarded, "OK")
    update(guarded, "better", LINEAR)
    for _ in range(2):
        wait_for(lambda: bakes(guarded))
        advance(guarded, 601)
        wait_for(lambda: answers(guarded) == {"better(x)\n"})
    assert settle(guarded) == ("InService", "better")
    assert describe(guarded)["LastDeploymentConfig"] == LINEAR


def test_the_last_deployment_configuration_is_used_again(guarded: Account) -> None:
    update(guarded, "good", LINEAR)
    wait_for(lambda: bakes(guarded))
    for _ in range(2):
        advance(guarded, 601)
        wait_for(lambda: answers(guarded) == {"good(x)\n"})
    assert settle(guarded) == ("InService", "good")
    update(guarded, "better", None, RetainDeploymentConfig=True)
    wait_for(lambda: bakes(guarded))
    assert answers(guarded) == {"good(x)\n", "better(x)\n"}
    set_alarm(guarded, "ALARM")
    assert settle(guarded) == ("InService", "good")
    set_alarm(guarded, "OK")
    guarded.client("cloudwatch").delete_alarms(AlarmNames=["by-hand"])
    with pytest.raises(ClientError, match="names alarms that do not exist: by-hand"):
        update(guarded, "better", None, RetainDeploymentConfig=True)
    put_alarm(guarded)
    update(guarded, "better", None)  # all at once, without a wait
    assert settle(guarded) == ("InService", "better")


def test_a_rollback_that_fails_leaves_what_serves(guarded: Account) -> None:
    update(guarded, "good", None)
    assert settle(guarded) == ("InService", "good")
    desired = {"VariantName": "All", "DesiredInstanceCount": 2}
    guarded.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=NAME, DesiredWeightsAndCapacities=[desired]
    )
    assert settle(guarded) == ("InService", "good")
    update(guarded, "better", ROLLING, RetainAllVariantProperties=True)
    wait_for(lambda: bakes(guarded))
    assert answers(guarded) == {"good(x)\n", "better(x)\n"}
    guarded.s3.delete_object(Bucket="standins", Key="good.tar.gz")
    set_alarm(guarded, "ALARM")
    assert settle(guarded) == ("UpdateRollbackFailed", "good")
    set_alarm(guarded, "OK")
    told = describe(guarded)
    assert told["FailureReason"].startswith(
        "The alarm by-hand went off in the deployment; the old fleet is not complete: S3 refuses "
        "s3://standins/good.tar.gz"
    )
    [variant] = told["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (1, 2)
    assert answers(guarded) == {"good(x)\n"}
    container(guarded, "good", tag="good")  # the archive again
    update(guarded, "better", None)
    assert settle(guarded) == ("InService", "better")
    assert "FailureReason" not in describe(guarded)


def test_an_update_keeps_the_properties_that_are_not_excluded(guarded: Account) -> None:
    variant = {"VariantName": "All", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://standins/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    guarded.sagemaker.create_endpoint_config(
        EndpointConfigName="captured",
        ProductionVariants=[variant | {"ModelName": "good"}],
        DataCaptureConfig=capture,
    )
    update(guarded, "captured", None)
    assert settle(guarded) == ("InService", "captured")
    desired = {"VariantName": "All", "DesiredWeight": 5.0, "DesiredInstanceCount": 2}
    guarded.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=NAME, DesiredWeightsAndCapacities=[desired]
    )
    assert settle(guarded) == ("InService", "captured")
    for excluded, kept in (
        ([], (5.0, 2, True)),
        (["DesiredWeight"], (1.0, 2, True)),
        (["DataCaptureConfig", "DesiredInstanceCount"], (1.0, 1, False)),
    ):
        properties = [{"VariantPropertyType": name} for name in excluded]
        more = {"ExcludeRetainedVariantProperties": properties} if properties else {}
        update(guarded, "better", None, RetainAllVariantProperties=True, **more)
        assert settle(guarded) == ("InService", "better")
        told = describe(guarded)
        [described] = told["ProductionVariants"]
        found = (described["CurrentWeight"], described["CurrentInstanceCount"])
        assert (*found, "DataCaptureConfig" in told) == kept

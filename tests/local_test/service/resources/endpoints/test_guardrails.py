"""Traffic moves to a new fleet in steps, back when an alarm goes off, and no request is lost."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.endpoints.guardrails.policy import (
    DeploymentPolicy,
    read_policy,
)
from tests.clients.account import REGION, Account, run_service
from tests.local_test.service.resources.test_endpoints import ask, container, model, stands

NAME = "live"
CANARY: dict[str, Any] = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 600,
        },
        "TerminationWaitInSeconds": 300,
        "MaximumExecutionTimeoutInSeconds": 1800,
    }
}


def prepare(account: Account) -> None:
    """Make the configurations `good`, `better`, `bad` and `broken`, and the endpoint of `good`."""
    account.bucket("standins")
    kinds: dict[str, dict[str, Any]] = {"good": {}, "better": {}}
    kinds |= {"bad": {"flaky": 10**6}, "broken": {"broken": True}}
    for name, behaviour in kinds.items():
        model(account, name, container(account, name, tag=name, **behaviour))
        variant = {
            "VariantName": "All",
            "ModelName": name,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }
        account.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant]
        )
    account.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName="good")
    assert stands(account, NAME)["EndpointStatus"] == "InService"


@pytest.fixture(scope="module")
def guarded(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        with run_service("process", tmp_path_factory.mktemp("guarded")) as account:
            prepare(account)
            yield account


def advance(account: Account, seconds: int) -> None:
    request = urllib.request.Request(
        f"{account.url}/local-sagemaker/clock?seconds={seconds}",
        method="POST",
        headers={"X-Local-Sagemaker": "1"},
    )
    with urllib.request.urlopen(request) as response:
        json.load(response)


def update(account: Account, config: str, deployment: dict[str, Any] | None, **more: Any) -> None:
    told = {} if deployment is None else {"DeploymentConfig": deployment}
    account.sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName=config, **told, **more)


def describe(account: Account) -> dict[str, Any]:
    return dict(account.sagemaker.describe_endpoint(EndpointName=NAME))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def bakes(account: Account) -> bool:
    summary = describe(account).get("PendingDeploymentSummary", {})
    variants = summary.get("ProductionVariants", ())
    return [item["VariantStatus"][0]["Status"] for item in variants] == ["Baking"]


def answers(account: Account) -> set[str]:
    """Give the answers to twenty requests, with the codes of errors."""
    return {try_to_ask(account) for _ in range(20)}


def try_to_ask(account: Account) -> str:
    try:
        return str(ask(account, NAME)["Body"])
    except ClientError as error:
        return str(error.response["Error"]["Code"])


@contextmanager
def under_load(account: Account) -> Iterator[set[str]]:
    """Send requests all the time, and give their answers."""
    done, seen = threading.Event(), set[str]()

    def load() -> None:
        while not done.is_set():
            seen.add(try_to_ask(account))

    with ThreadPoolExecutor(2) as clients:
        futures = [clients.submit(load) for _ in range(2)]
        try:
            yield seen
        finally:
            done.set()
        for future in futures:
            future.result()


def test_a_canary_is_followed_by_all_of_the_traffic(guarded: Account) -> None:
    with under_load(guarded) as seen:
        update(guarded, "better", CANARY)
        wait_for(lambda: bakes(guarded))
        assert answers(guarded) == {"good(x)\n", "better(x)\n"}
        assert describe(guarded)["EndpointConfigName"] == "good"
        with urllib.request.urlopen(f"{guarded.url}/console/endpoint/{REGION}/{NAME}") as page:
            live = page.read().decode()
        assert re.search(r"Deployment of better, since [-0-9: ]+: 50 % of the requests", live)
        assert '<span class="status Updating">Baking</span>' in live
        assert "<td>All</td><td>1</td><td>1 of 1</td>" in live  # without those of the new fleet
        advance(guarded, 601)
        wait_for(lambda: answers(guarded) == {"better(x)\n"})
        wait_for(lambda: bakes(guarded))
        advance(guarded, 601)
        time.sleep(1)
        assert describe(guarded)["EndpointStatus"] == "Updating"  # the old fleet is kept a while
        advance(guarded, 301)
        told = stands(guarded, NAME)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "better")
    assert told["LastDeploymentConfig"] == CANARY
    assert "PendingDeploymentSummary" not in told
    assert seen == {"good(x)\n", "better(x)\n"}


def test_an_alarm_moves_the_traffic_back(guarded: Account) -> None:
    guarded.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": NAME},
            {"Name": "VariantName", "Value": "All"},
        ],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    guarded_canary = CANARY | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    update(guarded, "bad", guarded_canary)
    wait_for(lambda: bakes(guarded))
    assert answers(guarded) == {"better(x)\n", "ModelError"}
    advance(guarded, 62)
    wait_for(lambda: describe(guarded)["EndpointStatus"] not in {"Updating", "RollingBack"})
    told = describe(guarded)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "better")
    assert told["FailureReason"] == "The alarm errors went off in the deployment"
    assert answers(guarded) == {"better(x)\n"}


def test_a_model_that_ends_as_it_starts_gets_no_traffic(guarded: Account) -> None:
    with under_load(guarded) as seen:
        update(guarded, "broken", CANARY)
        told = stands(guarded, NAME)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "better")
    assert "the model cannot be loaded" in told["FailureReason"]
    assert "PendingDeploymentSummary" not in told
    assert seen == {"better(x)\n"}


def test_a_rolling_update_replaces_instances_and_keeps_their_number(guarded: Account) -> None:
    desired = {"VariantName": "All", "DesiredInstanceCount": 2}
    guarded.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=NAME, DesiredWeightsAndCapacities=[desired]
    )
    assert stands(guarded, NAME)["EndpointStatus"] == "InService"
    rolling = {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": 120,
        }
    }
    with under_load(guarded) as seen:
        update(guarded, "good", rolling, RetainAllVariantProperties=True)
        wait_for(lambda: bakes(guarded))
        assert answers(guarded) == {"good(x)\n", "better(x)\n"}
        [pending] = describe(guarded)["PendingDeploymentSummary"]["ProductionVariants"]
        assert (pending["CurrentInstanceCount"], pending["DesiredInstanceCount"]) == (1, 2)
        advance(guarded, 121)
        wait_for(lambda: answers(guarded) == {"good(x)\n"})
        wait_for(lambda: bakes(guarded))
        advance(guarded, 121)
        told = stands(guarded, NAME)
    [variant] = told["ProductionVariants"]
    assert (told["EndpointConfigName"], variant["CurrentInstanceCount"]) == ("good", 2)
    assert seen == {"good(x)\n", "better(x)\n"}


def test_a_deployment_that_lasts_too_long_is_rolled_back(guarded: Account) -> None:
    excluded = [{"VariantPropertyType": "DesiredInstanceCount"}]
    update(
        guarded,
        "better",
        {
            "BlueGreenUpdatePolicy": CANARY["BlueGreenUpdatePolicy"]
            | {"TrafficRoutingConfiguration": ROUTING | {"WaitIntervalInSeconds": 3600}}
        },
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=excluded,
    )
    wait_for(lambda: bakes(guarded))
    [pending] = describe(guarded)["PendingDeploymentSummary"]["ProductionVariants"]
    assert pending["DesiredInstanceCount"] == 1
    advance(guarded, 2000)
    wait_for(lambda: describe(guarded)["EndpointStatus"] not in {"Updating", "RollingBack"})
    told = describe(guarded)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "good")
    assert "took longer than 1800 s" in told["FailureReason"]


def test_a_deployment_outlives_its_configuration_and_model(guarded: Account) -> None:
    model(guarded, "brief", container(guarded, "brief", tag="brief"))
    variant = {"VariantName": "All", "ModelName": "brief", "InitialInstanceCount": 1}
    guarded.sagemaker.create_endpoint_config(
        EndpointConfigName="brief", ProductionVariants=[variant | {"InstanceType": "ml.m5.large"}]
    )
    update(guarded, "brief", {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": ROUTING}})
    wait_for(lambda: bakes(guarded))
    guarded.sagemaker.delete_endpoint_config(EndpointConfigName="brief")
    guarded.sagemaker.delete_model(ModelName="brief")
    advance(guarded, 601)
    wait_for(lambda: answers(guarded) == {"brief(x)\n"} and bakes(guarded))
    advance(guarded, 601)
    told = stands(guarded, NAME)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "brief")
    capacity = {"VariantName": "All", "DesiredInstanceCount": 2}
    guarded.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=NAME, DesiredWeightsAndCapacities=[capacity]
    )
    told = stands(guarded, NAME)
    assert told["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    assert "FailureReason" not in told


def test_an_endpoint_serves_after_a_restart_in_a_deployment(programs: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        with run_service("process", tmp_path) as first:
            prepare(first)
            update(first, "better", CANARY)
            wait_for(lambda: bakes(first))
            first.sagemaker.delete_endpoint_config(EndpointConfigName="good")
            first.sagemaker.delete_model(ModelName="good")
        with run_service("process", tmp_path) as second:
            told = stands(second, NAME)
            assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "good")
            assert "PendingDeploymentSummary" not in told
            assert "ended during the deployment of better" in told["FailureReason"]
            assert answers(second) == {"good(x)\n"}


ROUTING = CANARY["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
SIZE = {"Type": "CAPACITY_PERCENT", "Value": 60}


@pytest.mark.parametrize(
    ("routing", "sentence"),
    [
        ({"Type": "CANARY", "WaitIntervalInSeconds": 0}, "CanarySize missing"),
        (ROUTING | {"Type": "LINEAR"}, "CanarySize not allowed"),
        (ROUTING | {"CanarySize": SIZE}, "CanarySize of 60 percent is too large"),
        (
            {"Type": "LINEAR", "WaitIntervalInSeconds": 0, "LinearStepSize": SIZE | {"Value": 9}},
            "LinearStepSize of 9 percent is too small. Give 10",
        ),
    ],
)
def test_contradictory_policies_are_refused(routing: dict[str, Any], sentence: str) -> None:
    policy = {"TrafficRoutingConfiguration": routing}
    with pytest.raises(ApiError, match=sentence):
        read_policy({"BlueGreenUpdatePolicy": policy})
    with pytest.raises(ApiError, match="or a RollingUpdatePolicy"):
        read_policy({"BlueGreenUpdatePolicy": policy, "RollingUpdatePolicy": policy})


def test_an_unknown_alarm_is_refused(guarded: Account) -> None:
    before = describe(guarded)
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "nobody"}]}}
    with pytest.raises(ClientError, match="alarms that do not exist: nobody"):
        update(guarded, "better", CANARY | alarms)
    assert describe(guarded)["EndpointStatus"] == before["EndpointStatus"]


@pytest.mark.parametrize(
    ("size", "equal", "shares"),
    [
        (None, False, [1.0]),
        ({"Type": "CAPACITY_PERCENT", "Value": 10}, False, [0.1, 1.0]),
        ({"Type": "INSTANCE_COUNT", "Value": 1}, False, [0.25, 1.0]),
        ({"Type": "INSTANCE_COUNT", "Value": 9}, False, [1.0]),
        ({"Type": "CAPACITY_PERCENT", "Value": 30}, True, [0.3, 0.6, 0.9, 1.0]),
        ({"Type": "INSTANCE_COUNT", "Value": 1}, True, [0.25, 0.5, 0.75, 1.0]),
    ],
)
def test_the_steps_of_a_policy(
    size: dict[str, Any] | None, equal: bool, shares: list[float]
) -> None:
    found = DeploymentPolicy(size=size, equal=equal).list_shares(4)
    assert found == pytest.approx(shares)

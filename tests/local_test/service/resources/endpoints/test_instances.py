"""Instances of a variant are started and stopped under load, and no request is lost."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account
from tests.local_test.service.resources.test_endpoints import ask, container, model, stands


@pytest.fixture(scope="module")
def crowd(account: Account) -> Account:
    """The service with the endpoint `crowd` of one variant and two instances."""
    account.bucket("standins")
    model(account, "crowd", container(account, "crowd", tag="crowd", delay=0.02))
    variant = {
        "VariantName": "All",
        "ModelName": "crowd",
        "InitialInstanceCount": 2,
        "InstanceType": "ml.m5.large",
    }
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="crowd", ProductionVariants=[variant]
    )
    account.sagemaker.create_endpoint(EndpointName="crowd", EndpointConfigName="crowd")
    assert stands(account, "crowd")["EndpointStatus"] == "InService"
    return account


def counts(account: Account) -> tuple[int, int]:
    [variant] = stands(account, "crowd")["ProductionVariants"]
    return variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]


def resize(account: Account, count: int) -> None:
    desired = {"VariantName": "All", "DesiredInstanceCount": count}
    account.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="crowd", DesiredWeightsAndCapacities=[desired]
    )


def busy_streams(account: Account) -> int:
    """Give how many instances have logged a request."""
    group = "/aws/sagemaker/Endpoints/crowd"
    logs = account.client("logs")
    names = [
        item["logStreamName"]
        for item in logs.describe_log_streams(logGroupName=group)["logStreams"]
    ]
    instances = [name for name in names if name.startswith("All/i-")]
    return sum(
        any(line.startswith("request ") for line in account.lines(group, name))
        for name in instances
    )


def test_instances_come_and_go_and_no_request_is_lost(crowd: Account) -> None:
    done = threading.Event()
    answers: list[str] = []

    def load(_: int) -> None:
        while not done.is_set():
            answers.append(ask(crowd, "crowd")["Body"])

    assert counts(crowd) == (2, 2)
    with ThreadPoolExecutor(4) as clients:
        loads = clients.map(load, range(4))
        try:
            for count in (3, 1):
                resize(crowd, count)
                told = crowd.sagemaker.describe_endpoint(EndpointName="crowd")
                assert told["ProductionVariants"][0]["DesiredInstanceCount"] == count
                with pytest.raises(ClientError, match="in-progress endpoint"):
                    resize(crowd, 2)
                assert counts(crowd) == (count, count)
        finally:
            done.set()
        list(loads)  # raises what a client got
    assert set(answers) == {"crowd(x)\n"}
    deadline = time.monotonic() + 60
    while busy_streams(crowd) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def read_utilization(account: Account, metric: str) -> dict[str, Any]:
    """Give the statistics of the endpoint's containers, none if there are not yet any."""
    end = datetime.now(UTC) + timedelta(minutes=1)
    found = account.client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/Endpoints",
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": "crowd"},
            {"Name": "VariantName", "Value": "All"},
        ],
        StartTime=end - timedelta(minutes=20),
        EndTime=end,
        Period=1200,
        Statistics=["Minimum", "Maximum"],
    )["Datapoints"]
    return {key: value for point in found for key, value in point.items() if key != "Timestamp"}


def test_the_use_of_the_machine_by_containers_is_measured(crowd: Account) -> None:
    deadline = time.monotonic() + 60
    while not (processors := read_utilization(crowd, "CPUUtilization")).get("Maximum"):
        assert time.monotonic() < deadline
        ask(crowd, "crowd")
    count = os.cpu_count() or 1
    assert 0 <= processors["Minimum"] <= processors["Maximum"] <= 100 * count + 50
    normalized = count * read_utilization(crowd, "CPUUtilizationNormalized")["Maximum"]
    later = read_utilization(crowd, "CPUUtilization")["Maximum"]  # a round may lie between
    assert processors["Maximum"] <= normalized * 1.001
    assert normalized <= later * 1.001
    memory = read_utilization(crowd, "MemoryUtilization")
    assert 0 < memory["Maximum"] < 50
    disk = read_utilization(crowd, "DiskUtilization")
    assert 0 < disk["Maximum"] <= 100
    assert disk["Unit"] == "Percent"


def test_instances_beyond_the_limit_of_the_service_are_not_started(crowd: Account) -> None:
    resize(crowd, 9)
    assert counts(crowd) == (4, 9)
    lines = crowd.lines("/aws/sagemaker/Endpoints/crowd", "All/instances")
    assert lines == ["4 of 9 instances are started: --max-instances is 4"]
    resize(crowd, 1)
    assert counts(crowd) == (1, 1)


@pytest.mark.parametrize(
    ("desired", "sentence"),
    [
        ({"VariantName": "All", "DesiredInstanceCount": 0}, "Set 1 or more: only asynchronous"),
        ({"VariantName": "None", "DesiredInstanceCount": 1}, "has no variant None"),
    ],
)
def test_counts_that_are_not_allowed_change_nothing(
    crowd: Account, desired: dict[str, Any], sentence: str
) -> None:
    before = crowd.sagemaker.describe_endpoint(EndpointName="crowd")
    with pytest.raises(ClientError, match=sentence):
        crowd.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="crowd", DesiredWeightsAndCapacities=[desired]
        )
    after = crowd.sagemaker.describe_endpoint(EndpointName="crowd")
    assert after["ProductionVariants"] == before["ProductionVariants"]
    assert after["EndpointStatus"] == "InService"

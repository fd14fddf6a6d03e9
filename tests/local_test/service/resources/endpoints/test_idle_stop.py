"""Containers of idle endpoints stop; the next request starts them again and waits."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, Account, run_service
from tests.local_test.service.resources.endpoints.test_guardrails import advance
from tests.local_test.service.resources.test_endpoints import ask, container, model, stands

MACHINE = {"InitialInstanceCount": 2, "InstanceType": "ml.m5.large"}


@pytest.fixture(scope="module")
def lazy(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A service that stops containers after ten minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        folder = tmp_path_factory.mktemp("lazy")
        with run_service("process", folder, "--idle-stop", "10m") as account:
            account.bucket("standins")
            yield account


def deploy(account: Account, name: str, more: dict[str, Any], **behaviour: Any) -> None:
    model(account, name, container(account, name, tag=name, **behaviour))
    variant = {"VariantName": "All", "ModelName": name} | more
    account.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert stands(account, name)["EndpointStatus"] == "InService"


def find_ports(account: Account, name: str) -> list[int]:
    """Give the ports of an endpoint's containers; this starts one that sleeps."""
    path = f"{account.url}/local-sagemaker/instances/{REGION}/{name}"
    with urllib.request.urlopen(path) as response:
        [variant] = json.load(response)["variants"]
    return [urlsplit(url).port or 0 for urls in variant["instances"] for url in urls]


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def read_log(account: Account, name: str) -> list[str]:
    return account.lines(f"/aws/sagemaker/Endpoints/{name}", "All/instances")


def read_metric(account: Account, name: str, metric: str) -> dict[str, Any]:
    end = datetime.now(UTC) + timedelta(hours=3)
    points = account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": name},
            {"Name": "VariantName", "Value": "All"},
        ],
        StartTime=end - timedelta(hours=6),
        EndTime=end,
        Period=6 * 3600,
        Statistics=["SampleCount", "Maximum"],
    )["Datapoints"]
    return dict(points[0]) if points else {}


def test_an_idle_endpoint_starts_again_with_the_next_request(lazy: Account) -> None:
    deploy(lazy, "plain", MACHINE)
    assert ask(lazy, "plain")["Body"] == "plain(x)\n"
    first, second = find_ports(lazy, "plain")
    deploy(lazy, "unused", MACHINE | {"InitialInstanceCount": 1})
    [unused] = find_ports(lazy, "unused")
    assert is_open(first)
    advance(lazy, 590)
    assert ask(lazy, "plain")["Body"] == "plain(x)\n"
    advance(lazy, 590)  # not ten minutes since the last request
    assert ask(lazy, "plain")["Body"] == "plain(x)\n"
    wait_for(lambda: not is_open(unused))
    assert is_open(first)
    advance(lazy, 610)
    wait_for(lambda: not is_open(first) and not is_open(second))
    with urllib.request.urlopen(f"{lazy.url}/console/endpoint/{REGION}/plain") as page:
        assert "2 of 2, stopped until the next request" in page.read().decode()
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda _: ask(lazy, "plain")["Body"], range(4)))
    assert answers == ["plain(x)\n"] * 4
    wait_for(lambda: len(find_ports(lazy, "plain")) == 2)  # the other one starts afterwards
    stopped, started = read_log(lazy, "plain")
    assert stopped == "no request for 600 s: containers stopped until the next one"
    assert started.startswith("cold start: the containers started in ")
    told = stands(lazy, "plain")
    assert told["EndpointStatus"] == "InService"
    assert told["ProductionVariants"][0]["CurrentInstanceCount"] == 2


def test_a_serverless_variant_has_cold_starts_and_a_limit(lazy: Account) -> None:
    serverless = {"MaxConcurrency": 2, "MemorySizeInMB": 1024}
    deploy(lazy, "on-demand", {"ServerlessConfig": serverless}, delay=0.5)
    provisioned = {"ServerlessConfig": serverless | {"ProvisionedConcurrency": 1}}
    deploy(lazy, "provisioned", provisioned)
    [port] = find_ports(lazy, "on-demand")
    [warm] = find_ports(lazy, "provisioned")
    advance(lazy, 310)
    wait_for(lambda: not is_open(port))
    with ThreadPoolExecutor(5) as clients:
        answers = list(clients.map(lambda _: try_once(lazy, "on-demand"), range(5)))
    assert sorted(set(answers)) == ["ThrottlingException", "on-demand(x)\n"]
    assert answers.count("on-demand(x)\n") == 2
    wait_for(lambda: bool(read_metric(lazy, "on-demand", "ModelSetupTime")))
    setup = read_metric(lazy, "on-demand", "ModelSetupTime")
    assert setup["SampleCount"] == 1
    wait_for(lambda: read_metric(lazy, "on-demand", "Invocations")["Maximum"] == 1)
    assert read_metric(lazy, "on-demand", "OverheadLatency")["Maximum"] >= setup["Maximum"]
    used = read_metric(lazy, "on-demand", "ServerlessConcurrentExecutionsUtilization")
    assert used["Maximum"] == 1.0
    assert is_open(warm)
    advance(lazy, 3600)
    assert ask(lazy, "provisioned")["Body"] == "provisioned(x)\n"
    assert is_open(warm)
    assert not read_metric(lazy, "provisioned", "ModelSetupTime")


def try_once(account: Account, name: str) -> str:
    """Send a request that is not tried again, and give its answer or the code of its error."""
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    runtime = boto3.client(
        "sagemaker-runtime",
        region_name=REGION,
        endpoint_url=account.url,
        aws_access_key_id="any",
        aws_secret_access_key="any",  # noqa: S106
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        answer = runtime.invoke_endpoint(EndpointName=name, Body=b"x\n", ContentType="text/csv")
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return str(answer["Body"].read().decode())


def test_containers_that_do_not_start_again_are_an_error(lazy: Account) -> None:
    deploy(lazy, "lost", MACHINE)
    ports = find_ports(lazy, "lost")
    lazy.s3.delete_object(Bucket="standins", Key="lost.tar.gz")
    advance(lazy, 610)
    wait_for(lambda: not any(map(is_open, ports)))
    assert try_once(lazy, "lost") == "ModelNotReadyException"
    with pytest.raises(ClientError, match=r"variant All did not start again: .*lost\.tar\.gz"):
        ask(lazy, "lost")
    container(lazy, "lost", tag="found")  # the archive again
    assert ask(lazy, "lost")["Body"] == "found(x)\n"

"""Hosting on Docker: streams, inference components, shadows, direct invocation, cold starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.clients.account import ROLE, Account, run_service, wait_until_settled
from tests.local_test.service.resources.endpoints.test_guardrails import advance
from tests.local_test.service.resources.test_endpoints import ask, container, endpoint, model

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("docker_images")]


@pytest.fixture(scope="module")
def docked(tmp_path_factory: pytest.TempPathFactory, docker_images: None) -> Iterator[Account]:
    """A service on Docker that stops idle containers after an hour."""
    del docker_images
    folder = tmp_path_factory.mktemp("docked")
    with run_service("docker", folder, "--idle-stop", "1h") as account:
        account.bucket("standins")
        yield account


def variant(account: Account, name: str, **behaviour: Any) -> dict[str, Any]:
    """Make a model and give a variant of it."""
    model(account, name, container(account, name, **behaviour))
    machine = {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    return machine | {"VariantName": name, "ModelName": name}


def deploy(account: Account, name: str, *variants: dict[str, Any], **more: Any) -> None:
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=list(variants), **more
    )
    told = endpoint(account, name)
    assert told["EndpointStatus"] == "InService", told


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def settle_component(account: Account, name: str) -> dict[str, Any]:
    return wait_until_settled(
        lambda: account.sagemaker.describe_inference_component(InferenceComponentName=name),
        "InferenceComponentStatus",
    )


def list_metrics(account: Account, namespace: str, endpoint_name: str) -> set[str]:
    dimensions = [{"Name": "EndpointName", "Value": endpoint_name}]
    found = account.client("cloudwatch").list_metrics(Namespace=namespace, Dimensions=dimensions)
    return {one["MetricName"] for one in found["Metrics"]}


def test_a_response_streams_part_by_part(docked: Account) -> None:
    gated = variant(docked, "gated", streams=["one ", "two"], reply_type="text/plain")
    deploy(docked, "streaming", gated)
    runtime = docked.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName="streaming", Body=b"x")
    with closing(answer["Body"]):
        events = iter(answer["Body"])
        assert next(events)["PayloadPart"]["Bytes"] == b"one "  # the container waits
        ask(docked, "streaming", "open the gate")
        assert [event["PayloadPart"]["Bytes"] for event in events] == [b"two"]
    utilization = "/aws/sagemaker/Endpoints"
    wait_until(lambda: "CPUUtilization" in list_metrics(docked, utilization, "streaming"))
    found = list_metrics(docked, utilization, "streaming")
    assert {"MemoryUtilization", "DiskUtilization"} < found


def test_components_and_a_chosen_container_answer(docked: Account) -> None:
    machine = {"VariantName": "All", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    deploy(docked, "hosting", machine, ExecutionRoleArn=ROLE)
    for tag in ("one", "two"):
        model(docked, f"component-{tag}", container(docked, f"component-{tag}", tag=tag))
        needed = {"NumberOfCpuCoresRequired": 0.5, "MinMemoryRequiredInMb": 256}
        docked.sagemaker.create_inference_component(
            InferenceComponentName=f"docked-{tag}",
            EndpointName="hosting",
            VariantName="All",
            Specification={
                "ModelName": f"component-{tag}",
                "ComputeResourceRequirements": needed,
            },
            RuntimeConfig={"CopyCount": 1},
        )
    for tag in ("one", "two"):
        told = settle_component(docked, f"docked-{tag}")
        assert told["InferenceComponentStatus"] == "InService", told
    for tag in ("two", "one"):
        answer = ask(docked, "hosting", InferenceComponentName=f"docked-{tag}")
        assert answer["Body"] == f"{tag}(x)\n"
    chosen = [
        container(docked, f"chosen-{tag}", tag=tag) | {"ContainerHostname": f"host-{tag}"}
        for tag in "mn"
    ]
    docked.sagemaker.create_model(
        ModelName="chosen",
        ExecutionRoleArn=ROLE,
        Containers=chosen,
        InferenceExecutionConfig={"Mode": "Direct"},
    )
    deploy(docked, "chosen", machine | {"ModelName": "chosen"})
    for tag in "nm":
        answer = ask(docked, "chosen", TargetContainerHostname=f"host-{tag}")
        assert answer["Body"] == f"{tag}(x)\n"


def test_a_shadow_gets_copies_and_idle_containers_start_again(docked: Account) -> None:
    old, new = (variant(docked, name, tag=name) for name in ("old", "new"))
    deploy(docked, "shadowed", old, ShadowProductionVariants=[new])
    assert ask(docked, "shadowed")["Body"] == "old(x)\n"
    logs = "/aws/sagemaker/Endpoints/shadowed"
    wait_until(lambda: any(line.startswith("request ") for line in docked.lines(logs, "new/i-")))
    advance(docked, 3700)
    wait_until(lambda: "no request for 3600 s" in "".join(docked.lines(logs, "old/instances")))
    assert ask(docked, "shadowed")["Body"] == "old(x)\n"
    wait_until(lambda: "cold start" in "".join(docked.lines(logs, "old/instances")))

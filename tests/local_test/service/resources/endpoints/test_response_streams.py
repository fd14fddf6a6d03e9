"""Responses that come part by part, and what a client sees when one breaks off."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from botocore.exceptions import (  # type: ignore[import-untyped]
    ClientError,
    EventStreamError,
)

from tests.clients.account import Account
from tests.local_test.service.resources.test_endpoints import (
    ask,
    container,
    endpoint,
    model,
)

PARTS = ["one ", "two ", "three"]


@pytest.fixture(scope="module")
def streams(account: Account) -> Account:
    """The service with the endpoint `streams`: a variant for each behaviour, all captured."""
    account.bucket("standins")
    behaviours: dict[str, dict[str, Any]] = {
        "gated": {"streams": PARTS, "reply_type": "text/plain"},
        "broken": {"streams": ["half", "!"], "patience": 0},
        "failing": {"flaky": 10**6},
        "plain": {"tag": "plain"},
    }
    for name, behaviour in behaviours.items():
        model(account, f"stream-{name}", container(account, f"stream-{name}", **behaviour))
    pair = [container(account, f"stream-{name}", **behaviours[name]) for name in ("plain", "gated")]
    model(account, "stream-chain", *pair)
    variants = [
        {"VariantName": name, "ModelName": f"stream-{name}", "InitialInstanceCount": 1}
        | {"InstanceType": "ml.m5.large"}
        for name in (*behaviours, "chain")
    ]
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="streams",
        ProductionVariants=variants,
        DataCaptureConfig={
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://standins/streamed",
            "CaptureOptions": [{"CaptureMode": "Output"}],
        },
    )
    told = endpoint(account, "streams")
    assert told["EndpointStatus"] == "InService", told
    return account


@contextmanager
def stream(account: Account, variant: str, **more: str) -> Iterator[dict[str, Any]]:
    answer = account.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
        EndpointName="streams", Body=b"x", ContentType="text/csv", TargetVariant=variant, **more
    )
    with closing(answer["Body"]):
        yield answer


def read_part(events: Iterator[dict[str, Any]]) -> bytes:
    return bytes(next(events)["PayloadPart"]["Bytes"])


def test_each_part_arrives_as_soon_as_the_container_sends_it(streams: Account) -> None:
    with stream(streams, "gated", CustomAttributes="asked", Accept="text/plain") as answer:
        assert answer["ContentType"] == "text/plain"
        assert answer["InvokedProductionVariant"] == "gated"
        assert answer["CustomAttributes"] == "streamed"
        events = iter(answer["Body"])
        assert read_part(events) == b"one "  # the container waits
        ask(streams, "streams", "open the gate", TargetVariant="gated")
        rest = b"".join(event["PayloadPart"]["Bytes"] for event in events)
    assert rest == b"two three"
    seen = read_requests(streams, "gated")[0]
    assert (seen["accept"], seen["content_type"]) == ("text/plain", "text/csv")
    assert b"one two three" in wait_for_captures(streams, "gated", 2)


def test_the_last_container_of_a_pipeline_streams(streams: Account) -> None:
    for _ in range(2):  # a client leaves early, and the next one is served
        with stream(streams, "chain") as answer:
            assert read_part(iter(answer["Body"])) == b"one "


def test_a_response_that_breaks_off_ends_with_an_error(streams: Account) -> None:
    with stream(streams, "broken") as answer:
        events = iter(answer["Body"])
        assert read_part(events) == b"half"
        with pytest.raises(EventStreamError, match="before its response was complete") as broken:
            next(events)
    told = broken.value.response["Error"]
    assert told["Code"] == "ModelStreamError"
    assert told["Message"].startswith("primary ended")


def test_an_error_before_the_first_part_is_a_model_error(streams: Account) -> None:
    with pytest.raises(ClientError) as failed, stream(streams, "failing"):
        pass
    told = failed.value.response
    assert (told["Error"]["Code"], told["OriginalStatusCode"]) == ("ModelError", 500)
    assert told["LogStreamArn"].endswith("/aws/sagemaker/Endpoints/streams")


def test_a_plain_response_comes_as_a_stream_too(streams: Account) -> None:
    with stream(streams, "plain") as answer:
        assert [read_part(iter([event])) for event in answer["Body"]] == [b"plain(x)\n"]
    for name in ("FirstChunkLatency", "MidStreamErrors"):
        assert wait_for_metric(streams, name)


def read_requests(account: Account, variant: str) -> list[dict[str, Any]]:
    """Give what the containers of a variant saw, oldest first."""
    deadline = time.monotonic() + 60
    while True:
        lines = account.lines("/aws/sagemaker/Endpoints/streams", f"{variant}/")
        found = [json.loads(line[8:]) for line in lines if line.startswith("request ")]
        if found:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_for_captures(account: Account, variant: str, count: int) -> list[bytes]:
    """Give the captured responses of a variant when there are so many."""
    deadline = time.monotonic() + 60
    while True:
        keys = account.keys(f"s3://standins/streamed/streams/{variant}/")
        lines = [line for key in keys for line in account.get(f"s3://standins/{key}").splitlines()]
        if len(lines) >= count:
            outputs = [json.loads(line)["captureData"]["endpointOutput"] for line in lines]
            return [base64.b64decode(output["data"]) for output in outputs]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_for_metric(account: Account, name: str) -> bool:
    dimensions = [
        {"Name": "EndpointName", "Value": "streams"},
        {"Name": "VariantName", "Value": "plain"},
    ]
    cloudwatch = account.client("cloudwatch")
    deadline = time.monotonic() + 60
    while not cloudwatch.list_metrics(
        Namespace="AWS/SageMaker", MetricName=name, Dimensions=dimensions
    )["Metrics"]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True

"""A shadow variant gets copies of requests; clients never see its responses."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.background.shadow_traffic import measure_difference
from tests.clients.account import REGION, Account
from tests.local_test.service.resources.test_endpoints import (
    ask,
    container,
    endpoint,
    model,
    stands,
)

NAME = "shadowed"


def variant(name: str, weight: float = 1.0) -> dict[str, Any]:
    told = {"VariantName": name, "ModelName": f"shadow-{name}", "InitialInstanceCount": 1}
    return told | {"InstanceType": "ml.m5.large", "InitialVariantWeight": weight}


@pytest.fixture(scope="module")
def shadowed(account: Account) -> Account:
    """The service with an endpoint of the variant `old`, and `new` as its shadow, captured."""
    account.bucket("standins")
    gated = {"streams": ["new(x)\n"], "tag": "new"}
    for name, behaviour in (("old", {"tag": "old"}), ("new", gated)):
        model(account, f"shadow-{name}", container(account, f"shadow-{name}", **behaviour))
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=NAME,
        ProductionVariants=[variant("old", weight=2)],
        ShadowProductionVariants=[variant("new", weight=2)],
        DataCaptureConfig={
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://standins/shadows",
            "CaptureOptions": [{"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    told = endpoint(account, NAME)
    assert told["EndpointStatus"] == "InService", told
    return account


def read_page(account: Account) -> str:
    with urllib.request.urlopen(f"{account.url}/console/endpoint/{REGION}/{NAME}") as page:
        return re.sub("<[^>]+>", " ", page.read().decode())


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_shadow_neither_delays_nor_changes_a_response(shadowed: Account) -> None:
    told = shadowed.sagemaker.describe_endpoint(EndpointName=NAME)
    assert [item["VariantName"] for item in told["ShadowProductionVariants"]] == ["new"]
    answer = ask(shadowed, NAME)
    assert (answer["Body"], answer["InvokedProductionVariant"]) == ("old(x)\n", "old")
    assert "0 requests compared" in read_page(shadowed)  # the shadow has not answered yet
    assert ask(shadowed, NAME, "open the gate")["Body"] == "old(open the gate)\n"
    wait_until(lambda: "new beside old: 2 requests compared" in read_page(shadowed))
    page = read_page(shadowed)
    assert "Shadow variant new" in page
    assert "Different responses: 2, of which 2 differ in more than numbers" in page
    captured = "s3://standins/shadows/shadowed/new/"
    wait_until(lambda: shadowed.keys(captured))
    assert b"new(x)" in shadowed.get(f"s3://standins/{shadowed.keys(captured)[0]}")
    dimensions = [
        {"Name": "EndpointName", "Value": NAME},
        {"Name": "VariantName", "Value": "new"},
    ]
    wait_until(
        lambda: shadowed.client("cloudwatch").list_metrics(
            MetricName="ModelLatency", Dimensions=dimensions
        )["Metrics"]
    )
    with pytest.raises(ClientError, match="Variant new was not found"):
        ask(shadowed, NAME, TargetVariant="new")


def test_the_weight_of_a_shadow_is_its_share_and_may_change(shadowed: Account) -> None:
    before = re.findall(r"\d+ requests compared", read_page(shadowed))
    shadowed.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=NAME,
        DesiredWeightsAndCapacities=[{"VariantName": "new", "DesiredWeight": 0}],
    )
    told = stands(shadowed, NAME)
    assert told["ShadowProductionVariants"][0]["CurrentWeight"] == 0
    assert told["ProductionVariants"][0]["CurrentWeight"] == 2
    for _ in range(5):
        ask(shadowed, NAME)
    assert re.findall(r"\d+ requests compared", read_page(shadowed)) == before


def test_a_shadow_is_promoted_by_an_update(shadowed: Account) -> None:
    shadowed.sagemaker.create_endpoint_config(
        EndpointConfigName="promoted", ProductionVariants=[variant("new")]
    )
    shadowed.sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName="promoted")
    told = stands(shadowed, NAME)
    assert [item["VariantName"] for item in told["ProductionVariants"]] == ["new"]
    assert "ShadowProductionVariants" not in told
    assert ask(shadowed, NAME, "open the gate")["Body"] == "new(open the gate)\n"


@pytest.mark.parametrize(
    ("productions", "shadows", "more", "sentence"),
    [
        (["old", "new"], ["two"], {}, "one shadow variant and one production"),
        (["old"], ["old"], {}, "old is given more than once"),
        (
            ["old"],
            ["new"],
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/k"}}},
            "of an asynchronous endpoint",
        ),
    ],
)
def test_what_a_shadow_cannot_stand_beside_is_refused(
    shadowed: Account, productions: list[str], shadows: list[str], more: Any, sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence):
        shadowed.sagemaker.create_endpoint_config(
            EndpointConfigName="refused",
            ProductionVariants=[variant(name) for name in productions],
            ShadowProductionVariants=[variant(name) for name in shadows],
            **more,
        )


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        (b"1.5,2\n", b"1.5,2\n", 0.0),
        (b"1.5,2\n", b"1.25,2.5\n", 0.5),
        (b'{"p": 1e-3}', b'{"p": 0.002}', pytest.approx(0.001)),
        (b"1,2", b"1,2,3", None),
        (b"yes", b"no", None),
    ],
)
def test_bodies_are_compared_number_by_number(
    one: bytes, other: bytes, difference: float | None
) -> None:
    assert measure_difference(one, other) == difference

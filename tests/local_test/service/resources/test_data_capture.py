"""Data capture through the AWS API: what goes through an endpoint stands in S3 afterwards."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.account import Account
from tests.local_test.service.resources.test_async_invocation import variants
from tests.local_test.service.resources.test_endpoints import ask, container, model, stands

PLACE = "s3://captured/data"
TEXT = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}


def options(*modes: str, **more: Any) -> dict[str, Any]:
    return {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": PLACE,
        "CaptureOptions": [{"CaptureMode": mode} for mode in modes],
    } | more


def reconfigure(account: Account, name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Let the endpoint go on with another capture configuration."""
    told = {"EndpointConfigName": name, "ProductionVariants": variants("captured")}
    account.sagemaker.create_endpoint_config(DataCaptureConfig=config, **told)
    account.sagemaker.update_endpoint(EndpointName="captured", EndpointConfigName=name)
    return stands(account, "captured")


def captures(account: Account, count: int) -> list[dict[str, Any]]:
    """Wait for so many captures, and take them away."""
    deadline = time.monotonic() + 60
    found: list[dict[str, Any]] = []
    while len(found) < count:
        assert time.monotonic() < deadline, found
        for key in account.keys(PLACE):
            found += [json.loads(line) for line in account.get(f"s3://captured/{key}").splitlines()]
            account.s3.delete_object(Bucket="captured", Key=key)
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def captured(account: Account) -> Account:
    """The service with a pipeline of two containers that is captured."""
    account.bucket("standins")
    account.bucket("captured")
    containers = [container(account, f"captured-{tag}", tag=tag, refuses="bad") for tag in "xy"]
    model(account, "captured", *containers)
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="captured",
        ProductionVariants=variants("captured"),
        DataCaptureConfig=options("Input", "Output", CaptureContentTypeHeader=TEXT),
    )
    account.sagemaker.create_endpoint(EndpointName="captured", EndpointConfigName="captured")
    told = stands(account, "captured")
    assert told["DataCaptureConfig"]["CaptureStatus"] == "Started", told
    return account


def test_a_pipelines_ends_are_captured_in_the_services_layout(captured: Account) -> None:
    ask(captured, "captured", "1\n2\n", InferenceId="mine")
    began = datetime.now(UTC)
    deadline = time.monotonic() + 60
    while not (keys := captured.keys(PLACE)):
        assert time.monotonic() < deadline, "nothing was captured"
        time.sleep(0.1)
    hour = rf"data/captured/one/\d{{4}}/\d\d/\d\d/(\d\d)/\d\d-\d\d-\d{{3}}-{'[0-9a-f-]{36}'}\.jsonl"
    found = re.fullmatch(hour, keys[0])
    assert found is not None, keys
    assert int(found[1]) in {began.hour, datetime.now(UTC).hour}
    [told] = captures(captured, 1)
    assert told["captureData"] == {
        "endpointInput": {
            "observedContentType": "text/csv",
            "mode": "INPUT",
            "data": "1\n2\n",
            "encoding": "CSV",
        },
        "endpointOutput": {
            "observedContentType": "text/csv; charset=utf-8",
            "mode": "OUTPUT",
            "data": "y(x(1))\ny(x(2))\n",
            "encoding": "CSV",
        },
    }
    assert (told["eventMetadata"]["inferenceId"], told["eventVersion"]) == ("mine", "0")
    moment = datetime.strptime(told["eventMetadata"]["inferenceTime"], "%Y-%m-%dT%H:%M:%S%z")
    assert abs((moment - began).total_seconds()) < 60


def test_other_media_types_are_base64_and_an_update_changes_what_is_captured(
    captured: Account,
) -> None:
    told = reconfigure(captured, "only-input", options("Input"))
    assert told["DataCaptureConfig"]["EnableCapture"]
    ask(captured, "captured", "3\n")
    [line] = captures(captured, 1)
    assert list(line["captureData"]) == ["endpointInput"]
    part = line["captureData"]["endpointInput"]
    assert (part["encoding"], base64.b64decode(part["data"])) == ("BASE64", b"3\n")
    off = options("InputAndOutput", EnableCapture=False)
    assert reconfigure(captured, "off", off)["DataCaptureConfig"]["CaptureStatus"] == "Stopped"
    ask(captured, "captured", "silent\n")
    some = options("InputAndOutput", InitialSamplingPercentage=50, CaptureContentTypeHeader=TEXT)
    reconfigure(captured, "some", some)
    for number in range(40):
        ask(captured, "captured", f"{number}\n")
    reconfigure(captured, "all", options("Output", CaptureContentTypeHeader=TEXT))
    ask(captured, "captured", "last\n")
    lines = captures(captured, 2)
    while "y(x(last))\n" not in (said := [outputs(line) for line in lines]):
        lines += captures(captured, 1)
    assert "y(x(silent))\n" not in said
    assert 5 < len(said) - 1 < 36  # half of 40, give or take five standard deviations


def outputs(line: dict[str, Any]) -> str:
    return str(line["captureData"]["endpointOutput"]["data"])

"""What the deployment function chooses, against the registry of the local service in process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.pipelines.deployment import handler, install
from deploy.pipelines.deployment.handler import Settings
from local_test.service.resources.endpoints.resource import ENDPOINT
from tests.local_test.service.in_process import open_service

SETTINGS = Settings(
    "abalone", "group", "arn:aws:iam::123456789012:role/r", ("alarm",), "ml.m5.large", 2, 30
)


@pytest.fixture
def sagemaker(tmp_path: Path) -> Iterator[Any]:
    """A client of a service whose group has the versions 1 to 11."""
    with open_service(tmp_path) as (_, client):
        client.create_model_package_group(ModelPackageGroupName="group")
        for _ in range(11):
            client.create_model_package(
                ModelPackageGroupName="group", ModelPackageRegistrationType="Logged"
            )
        yield client


def approve(client: Any, version: int, status: str) -> None:
    arn = f"arn:aws:sagemaker:{client.meta.region_name}:123456789012:model-package/group/{version}"
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)


def test_the_approved_package_with_the_greatest_version_is_chosen(sagemaker: Any) -> None:
    assert handler.find_newest_approved(sagemaker, "group") is None
    for version in (10, 9, 2):
        approve(sagemaker, version, "Approved")
    approve(sagemaker, 11, "Rejected")
    assert str(handler.find_newest_approved(sagemaker, "group")).endswith("/group/10")
    approve(sagemaker, 10, "Rejected")
    assert str(handler.find_newest_approved(sagemaker, "group")).endswith("/group/9")


def test_without_an_approved_package_nothing_is_deployed(sagemaker: Any) -> None:
    done = handler.deploy_newest(sagemaker, SETTINGS, "1f")
    assert done == {"done": "nothing", "reason": "no approved package in group"}
    assert handler.find_endpoint(sagemaker, "abalone") is None


def test_an_endpoint_that_has_failed_is_deleted_before_the_deployment(tmp_path: Path) -> None:
    with open_service(tmp_path) as (backend, client):
        region = client.meta.region_name
        for name, status in (("failed", "Failed"), ("served", "InService")):
            record = {
                "EndpointName": name,
                "EndpointArn": ENDPOINT.make_arn(region, name),
                "EndpointConfigName": name,
                "EndpointStatus": status,
                "CreationTime": 1.0,
                "LastModifiedTime": 1.0,
            }
            backend.records.add(ENDPOINT, region, name, record)
        served = handler.find_endpoint(client, "served")
        assert handler.remove_failed(client, served) == served
        assert handler.remove_failed(client, handler.find_endpoint(client, "failed")) is None
        assert handler.find_endpoint(client, "failed") is None
        assert handler.find_endpoint(client, "served") is not None


def test_an_update_sends_half_of_the_traffic_first_and_watches_the_alarms() -> None:
    deployment = handler.make_deployment(SETTINGS)
    routing = deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "CANARY"
    assert routing["CanarySize"] == {"Type": "CAPACITY_PERCENT", "Value": 50}
    assert deployment["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "alarm"}]}


def test_the_packed_handler_is_the_same_for_the_same_code() -> None:
    assert install.pack_handler() == install.pack_handler()

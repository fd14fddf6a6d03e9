"""Application Auto Scaling: targets that do not exist and policies are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall, ForwardToMoto
from local_test.service.backend import Backend
from local_test.service.resources import registry
from local_test.service.resources.autoscaling.operations import OPERATIONS
from local_test.service.resources.endpoints.resource import ENDPOINT
from tests.clients.account import REGION, Account

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/served/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    """A service with an endpoint of one variant."""
    backend = Backend(tmp_path, "http://127.0.0.1:1", types=registry.TYPES)
    record = {
        "EndpointName": "served",
        "EndpointArn": ENDPOINT.make_arn(REGION, "served"),
        "EndpointStatus": "InService",
        "CreationTime": 1.0,
        "ProductionVariants": [{"VariantName": "AllTraffic"}],
    }
    backend.records.add(ENDPOINT, REGION, "served", record)
    return backend


def call(backend: Backend, operation: str, **changes: str) -> Any:
    return OPERATIONS[operation](backend, ApiCall(operation, TARGET | changes, REGION, None))


def test_a_target_that_exists_is_kept_by_moto(backend: Backend) -> None:
    with pytest.raises(ForwardToMoto):
        call(backend, "RegisterScalableTarget")


@pytest.mark.parametrize("operation", ["PutScalingPolicy", "PutScheduledAction"])
def test_what_would_scale_is_refused(backend: Backend, operation: str) -> None:
    with pytest.raises(ApiError, match=f"{operation} is not supported by the local service"):
        call(backend, operation)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ResourceId": "endpoint/served/variant/B"}, "served has no variant B: AllTraffic"),
        ({"ResourceId": "served"}, "ResourceId served is no variant"),
        ({"ScalableDimension": "sagemaker:variant:Provisioned"}, "is not supported. Use sage"),
        ({"ServiceNamespace": "ecs"}, "of the namespace ecs is not supported"),
    ],
)
def test_a_target_that_does_not_exist_is_refused(
    backend: Backend, changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ApiError, match=sentence):
        call(backend, "RegisterScalableTarget", **changes)


def test_clients_get_the_refusal(account: Account) -> None:
    scaling = account.client("application-autoscaling")
    with pytest.raises(scaling.exceptions.ValidationException, match="Could not find endpoint"):
        scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
    told = scaling.describe_scaling_activities(ServiceNamespace="sagemaker")
    assert told["ScalingActivities"] == []
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []

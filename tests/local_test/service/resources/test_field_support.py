"""No field of a request is accepted and ignored without a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.model import Shape  # type: ignore[import-untyped]

import local_test
from local_test.service.api.api_errors import ApiError
from local_test.service.api.service_model import ServiceModel
from local_test.service.resources import field_support, registry
from local_test.service.resources.field_support import REFUSED, WITHOUT_EFFECT, check_fields
from tests.clients.account import Account

MODEL = ServiceModel()
NEVER_HERE = {"SelectiveExecutionConfig"}
"""Refused as a whole by the code of their operation."""


def list_sources() -> Iterator[str]:
    own = Path(field_support.__file__)
    for path in Path(local_test.__file__).parent.rglob("*.py"):
        if path != own:
            yield path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def named() -> set[str]:
    """Every name that the code has as a text."""
    return {name for text in list_sources() for name in re.findall(r'"([A-Z]\w+)"', text)}


def list_paths(operation: str) -> Iterator[str]:
    """The fields of an operation's input and of its structures, but not deeper."""
    shape = MODEL.get_operation(operation).input_shape
    for name, member in shape.members.items() if shape else ():
        yield name
        structure = find_structure(member)
        if name not in NEVER_HERE and structure is not None:
            yield from (f"{name}.{inner}" for inner in structure.members)


def find_structure(shape: Shape) -> Shape | None:
    while shape.type_name == "list":
        shape = shape.member
    return shape if shape.type_name == "structure" else None


def list_operations() -> list[str]:
    reading = ("Describe", "List", "Search", "Query", "BatchDescribe")
    return [name for name in sorted(registry.OPERATIONS) if not name.startswith(reading)]


@pytest.mark.parametrize("operation", list_operations())
def test_every_field_is_read_or_refused_or_harmless(operation: str, named: set[str]) -> None:
    listed = REFUSED.get(operation, {}).keys() | WITHOUT_EFFECT.get(operation, {}).keys()
    tops = {path for path in listed if "." not in path}
    name_fields = {resource.name_field for resource in registry.TYPES}
    ignored = [
        path
        for path in list_paths(operation)
        if path not in listed
        and path.partition(".")[0] not in tops
        and path.rpartition(".")[2] not in named | name_fields | COMPOSED
    ]
    assert ignored == []


COMPOSED = {"S3Input", "S3OutputPath", "S3Uri", "DestinationS3Uri"}
"""Read by a name that the code puts together, or within another text."""


@pytest.mark.parametrize("table", [REFUSED, WITHOUT_EFFECT], ids=["refused", "without effect"])
def test_the_tables_name_fields_of_the_model(table: Mapping[str, Mapping[str, str]]) -> None:
    for operation, fields in table.items():
        assert operation in registry.OPERATIONS
        for path in fields:
            assert find_member(MODEL.get_operation(operation).input_shape, path) is not None, path


def find_member(shape: Any, path: str) -> Any:
    for name in path.split("."):
        shape = (find_structure(shape) or shape).members.get(name)
        if shape is None:
            return None
    return shape


def test_a_field_is_refused_wherever_it_is() -> None:
    variants = [{"VariantName": "a"}, {"VariantName": "b", "CoreDumpConfig": {"S": "s3://b/c"}}]
    with pytest.raises(ApiError, match=r"^ProductionVariants.CoreDumpConfig of CreateEndpointConf"):
        check_fields("CreateEndpointConfig", {"ProductionVariants": variants})
    check_fields("CreateEndpointConfig", {"ProductionVariants": variants[:1]})


def test_clients_get_the_refusal(account: Account) -> None:
    with pytest.raises(ClientError, match="TensorBoardOutputConfig of CreateTrainingJob is not"):
        account.train(
            "drawn", "standin", "s3://none/in", TensorBoardOutputConfig={"S3OutputPath": "s3://b/t"}
        )


def test_a_deployment_config_names_alarms_that_exist(account: Account) -> None:
    alarms = {"MetricName": "m", "Namespace": "n", "Period": 60, "EvaluationPeriods": 1}
    compared = {"Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}
    account.client("cloudwatch").put_metric_alarm(AlarmName="there", **alarms, **compared)
    route = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    config: dict[str, Any] = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": route}}
    given = {"EndpointName": "e", "EndpointConfigName": "c", "DeploymentConfig": config}
    for change in (account.sagemaker.create_endpoint, account.sagemaker.update_endpoint):
        config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": "there"}]}
        with pytest.raises(ClientError, match="Could not find endpoint"):
            change(**given)
        config["AutoRollbackConfiguration"]["Alarms"].append({"AlarmName": "gone"})
        with pytest.raises(ClientError, match=r"alarms that do not exist: gone\. Create"):
            change(**given)

"""Job definitions of the four types of monitors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.local_test.service.resources.monitor_definitions.monitor_service import (
    BATCH_INPUT,
    ENDPOINT_NAME,
    INPUT,
    OUTPUT,
    MonitorService,
    describe_job,
    open_monitor_service,
)

KINDS = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
WORDS = {"DataQuality": "data_quality", "ModelQuality": "model_quality"}
WORDS |= {"ModelBias": "model_bias", "ModelExplainability": "model_explainability"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitorService]:
    with open_monitor_service(tmp_path_factory.mktemp("definitions")) as opened:
        yield opened


def call(service: MonitorService, verb: str, kind: str, suffix: str = "", **given: Any) -> Any:
    operation = f"{verb}_{WORDS[kind]}_job_definition{suffix}"
    return getattr(service.sagemaker, operation)(**given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_definition_is_kept_listed_tagged_and_deleted(service: MonitorService, kind: str) -> None:
    given = describe_job(kind, StoppingCondition={"MaxRuntimeInSeconds": 600})
    tags = [{"Key": "team", "Value": "prices"}]
    arn = call(service, "create", kind, JobDefinitionName="Kept", Tags=tags, **given)[
        "JobDefinitionArn"
    ]
    told = call(service, "describe", kind, JobDefinitionName="Kept")
    assert arn.endswith(f":{WORDS[kind].replace('_', '-')}-job-definition/kept")
    assert {name: told[name] for name in given} == given
    assert (told["JobDefinitionArn"], told["JobDefinitionName"]) == (arn, "Kept")
    assert service.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    batch = {"BatchTransformInput": BATCH_INPUT}
    call(service, "create", kind, JobDefinitionName="later", **describe_job(kind, batch))

    def list_names(**conditions: Any) -> list[str]:
        found = call(service, "list", kind, "s", **conditions)["JobDefinitionSummaries"]
        return [one["MonitoringJobDefinitionName"] for one in found]

    assert list_names(SortOrder="Ascending") == ["Kept", "later"]
    assert list_names(SortBy="Name", SortOrder="Descending") == ["later", "Kept"]
    assert list_names(EndpointName=ENDPOINT_NAME) == ["Kept"]
    assert list_names(NameContains="ate") == ["later"]
    first = call(service, "list", kind, "s", MaxResults=1, SortOrder="Ascending")
    assert first["JobDefinitionSummaries"][0]["MonitoringJobDefinitionArn"] == arn
    assert list_names(NextToken=first["NextToken"], SortOrder="Ascending") == ["later"]
    for name in ("Kept", "later"):
        call(service, "delete", kind, JobDefinitionName=name)
    with pytest.raises(ClientError, match=r"ResourceNotFound.*Kept"):
        call(service, "describe", kind, JobDefinitionName="Kept")


def test_a_name_is_used_once(service: MonitorService) -> None:
    given = describe_job("DataQuality")
    service.sagemaker.create_data_quality_job_definition(JobDefinitionName="once", **given)
    with pytest.raises(ClientError, match="ResourceInUse"):
        service.sagemaker.create_data_quality_job_definition(JobDefinitionName="once", **given)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no endpoint": ({"EndpointInput": INPUT | {"EndpointName": "gone"}}, "Could not find endpoint"),
    "no input": ({}, "Not one input but 0: DataQualityJobInput"),
    "two inputs": (
        {"EndpointInput": INPUT, "BatchTransformInput": BATCH_INPUT},
        "Not one input but 2",
    ),
    "no path": ({"EndpointInput": INPUT | {"LocalPath": "/tmp/in"}}, "/tmp/in"),  # noqa: S108
    "pipe": ({"EndpointInput": INPUT | {"S3InputMode": "Pipe"}}, "S3InputMode Pipe"),
    "no duration": ({"EndpointInput": INPUT | {"StartTimeOffset": "-P"}}, "StartTimeOffset '-P'"),
    "future": ({"EndpointInput": INPUT | {"EndTimeOffset": "PT1H"}}, "EndTimeOffset 'PT1H'"),
    "no bucket": (
        {
            "BatchTransformInput": BATCH_INPUT
            | {"DataCapturedDestinationS3Uri": "s3://nowhere-at-all/batch"}
        },
        "nowhere-at-all",
    ),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_an_input_that_cannot_be_read_is_refused(
    service: MonitorService, data: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason):
        service.sagemaker.create_data_quality_job_definition(
            JobDefinitionName="refused", **describe_job("DataQuality", data)
        )
    with pytest.raises(ClientError, match="ResourceNotFound"):
        service.sagemaker.describe_data_quality_job_definition(JobDefinitionName="refused")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            {"DataQualityBaselineConfig": {"BaseliningJobName": "gone"}},
            "BaseliningJobName gone",
        ),
        (
            {
                "DataQualityJobOutputConfig": {
                    "MonitoringOutputs": [{"S3Output": OUTPUT | {"S3Uri": "s3://nowhere-at-all"}}]
                }
            },
            "nowhere-at-all",
        ),
        (
            {
                "DataQualityBaselineConfig": {
                    "ConstraintsResource": {"S3Uri": "s3://nowhere-at-all/c.json"}
                }
            },
            "nowhere-at-all",
        ),
        ({"RoleArn": "arn:aws:iam::12:user/someone-else"}, "roleArn"),
    ],
    ids=["baselining job", "output", "constraints", "role"],
)
def test_what_a_definition_names_must_be_there(
    service: MonitorService, more: dict[str, Any], reason: str
) -> None:
    given = describe_job("DataQuality") | more
    with pytest.raises(ClientError, match=reason):
        service.sagemaker.create_data_quality_job_definition(JobDefinitionName="refused", **given)

"""Lists inside of one resource: pages, and tokens that no page has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import start_record
from local_test.service.resources.pipelines.resource import EXECUTION
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.tuning.resource import TUNING_JOB
from tests.clients.account import REGION
from tests.local_test.service.in_process import open_service

ARN = f"arn:aws:sagemaker:{REGION}:123456789012:pipeline/p/execution/abcdefghijkl"
LISTS = [
    ("list_pipeline_execution_steps", {"PipelineExecutionArn": ARN}, "PipelineExecutionSteps"),
    (
        "list_pipeline_parameters_for_execution",
        {"PipelineExecutionArn": ARN},
        "PipelineParameters",
    ),
    (
        "list_training_jobs_for_hyper_parameter_tuning_job",
        {"HyperParameterTuningJobName": "tuning"},
        "TrainingJobSummaries",
    ),
]


@pytest.fixture(scope="module")
def sagemaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_service(tmp_path_factory.mktemp("lists")) as (backend, client):
        names = [f"n{number}" for number in range(5)]
        content = {"Steps": [{"StepName": name} for name in names], "Values": {n: n for n in names}}
        record = {"PipelineExecutionArn": ARN, "CreationTime": 1.0} | content
        backend.records.add(EXECUTION, REGION, "abcdefghijkl", record)
        tuning = start_record(TUNING_JOB, REGION, {TUNING_JOB.name_field: "tuning"}, 1.0)
        backend.records.add(TUNING_JOB, REGION, "tuning", tuning)
        for name in names:
            job = start_record(TRAINING_JOB, REGION, {TRAINING_JOB.name_field: name}, 1.0)
            job |= {"TuningJobArn": tuning[TUNING_JOB.arn_field], "TrainingJobStatus": "Completed"}
            backend.records.add(TRAINING_JOB, REGION, name, job)
        yield client


@pytest.mark.parametrize(("operation", "request_", "field"), LISTS)
def test_a_list_comes_in_pages(
    sagemaker: Any, operation: str, request_: dict[str, str], field: str
) -> None:
    whole = getattr(sagemaker, operation)(**request_)
    assert len(whole[field]) == 5
    assert "NextToken" not in whole
    pages = list(
        sagemaker.get_paginator(operation).paginate(**request_, PaginationConfig={"PageSize": 2})
    )
    assert [len(page[field]) for page in pages] == [2, 2, 1]
    assert [entry for page in pages for entry in page[field]] == whole[field]


@pytest.mark.parametrize(("operation", "request_", "field"), LISTS)
@pytest.mark.parametrize("token", ["x", "-1", "6", "1.0", "²"])
def test_a_token_of_nobody_is_refused(
    sagemaker: Any, operation: str, request_: dict[str, str], field: str, token: str
) -> None:
    with pytest.raises(ClientError, match="NextToken is none that this service gave") as refused:
        getattr(sagemaker, operation)(**request_, NextToken=token)
    assert field not in refused.value.response

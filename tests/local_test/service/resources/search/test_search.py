"""Search over records of each type: shapes, order, pages, suggestions and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import ResourceType, start_record
from local_test.service.backend import Backend
from local_test.service.resources import registry
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.resources.tuning.resource import TUNING_JOB
from tests.clients.account import REGION
from tests.local_test.service.in_process import open_service


def add(backend: Backend, resource: ResourceType, name: str, time: float, **fields: Any) -> None:
    record = start_record(resource, REGION, {resource.name_field: name} | fields, time)
    backend.records.add(resource, REGION, name, record)


def fill(backend: Backend) -> None:
    """Add records of each type, as their operations leave them."""
    for number in range(25):
        metric = {"MetricName": "train:rmse", "Value": number / 10, "Timestamp": 1.0}
        more: dict[str, Any] = {"HyperParameters": {"max_depth": str(number)}, "Steps": []}
        if number % 2:
            more |= {"FinalMetricDataList": [metric], "Tags": [{"Key": "odd", "Value": "yes"}]}
        add(backend, TRAINING_JOB, f"job-{number:02d}", 1000.0 + number % 5, **more)
    add(backend, TUNING_JOB, "tuning", 1.0, HyperParameterTuningJobConfig={"Strategy": "Random"})
    add(backend, PIPELINE, "line", 1.0, PipelineDefinition="{}", RoleArn="r")
    add(backend, EXECUTION, "run", 1.0, PipelineExecutionStatus="Succeeded", Values={})
    for name in ("used", "unused"):
        add(backend, MODEL, name, 1.0, PrimaryContainer={"Image": f"image-{name}"})
    variants = [{"VariantName": "a", "ModelName": "used"}]
    add(backend, ENDPOINT_CONFIG, "config", 1.0, ProductionVariants=variants)
    status = {"EndpointConfigName": "config", "EndpointStatus": "InService"}
    add(backend, ENDPOINT, "serves", 5.0, **status)
    alert = {"MonitoringAlertName": "drift", "AlertStatus": "InAlert"}
    add(backend, MONITORING_SCHEDULE, "watches", 6.0, EndpointName="serves", Alert=alert)
    for name, time in (("last", 3.0), ("first", 2.0)):
        add(backend, TRANSFORM_JOB, name, time, ModelName="used")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Any]]:
    with open_service(tmp_path_factory.mktemp("search")) as (backend, sagemaker):
        fill(backend)
        yield backend, sagemaker


@pytest.fixture(scope="module")
def sagemaker(service: tuple[Backend, Any]) -> Any:
    return service[1]


def search(sagemaker: Any, resource: str, *filters: tuple[str, ...], **more: Any) -> list[Any]:
    keys = ("Name", "Operator", "Value")
    listed = [dict(zip(keys, filter_, strict=False)) for filter_ in filters]
    if listed:
        more["SearchExpression"] = {"Filters": listed}
    pages = sagemaker.get_paginator("search").paginate(Resource=resource, **more)
    return [result for page in pages for result in page["Results"]]


def names(results: list[Any]) -> list[str]:
    return [result["TrainingJob"]["TrainingJobName"] for result in results]


def test_results_have_the_fields_of_their_shape(sagemaker: Any) -> None:
    [result] = search(sagemaker, "TrainingJob", ("TrainingJobName", "Equals", "job-03"))
    job = result["TrainingJob"]
    assert list(result) == ["TrainingJob"]
    assert job["HyperParameters"] == {"max_depth": "3"}
    assert job["FinalMetricDataList"][0]["Value"] == 0.3
    assert job["Tags"] == [{"Key": "odd", "Value": "yes"}]
    assert job["CreationTime"].timestamp() == 1003.0
    assert "Steps" not in job


@pytest.mark.parametrize(
    ("resource", "member", "name"),
    [
        ("HyperParameterTuningJob", "HyperParameterTuningJob", "HyperParameterTuningJobName"),
        ("Pipeline", "Pipeline", "PipelineName"),
        ("PipelineExecution", "PipelineExecution", "PipelineExecutionStatus"),
        ("Endpoint", "Endpoint", "EndpointName"),
    ],
)
def test_each_type_is_found(sagemaker: Any, resource: str, member: str, name: str) -> None:
    [result] = search(sagemaker, resource, (name, "Exists"))
    assert list(result) == [member]
    assert f"{resource}Arn" in result[member]
    assert search(sagemaker, resource, (name, "NotExists")) == []


def test_models_are_found_with_what_uses_them(sagemaker: Any) -> None:
    [used] = search(sagemaker, "Model", ("Endpoints.EndpointStatus", "Equals", "InService"))
    assert used["Model"]["Model"]["ModelName"] == "used"
    assert [one["EndpointName"] for one in used["Model"]["Endpoints"]] == ["serves"]
    [schedule] = used["Model"]["MonitoringSchedules"]
    assert schedule["MonitoringScheduleName"] == "watches"
    assert schedule["MonitoringAlertSummaries"][0]["AlertStatus"] == "InAlert"
    assert used["Model"]["LastBatchTransformJob"]["TransformJobName"] == "last"
    [unused] = search(
        sagemaker, "Model", ("Model.PrimaryContainer.Image", "Equals", "image-unused")
    )
    assert list(unused["Model"]) == ["Model"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [24, 19, 14, 9, 4, 23]),  # LastModifiedTime, descending
        ({"SortOrder": "Ascending"}, [0, 5, 10, 15, 20, 1]),
        ({"SortBy": "TrainingJobName"}, [24, 23, 22, 21, 20, 19]),
        ({"SortBy": "HyperParameters.max_depth", "SortOrder": "Ascending"}, [0, 1, 2, 3, 4, 5]),
        ({"SortBy": "Metrics.train:rmse"}, [23, 21, 19, 17, 15, 13]),
        ({"SortBy": "Metrics.train:rmse", "SortOrder": "Ascending"}, [1, 3, 5, 7, 9, 11]),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_order_and_pages(
    sagemaker: Any, more: dict[str, str], expected: list[int], size: int
) -> None:
    found = names(search(sagemaker, "TrainingJob", PaginationConfig={"PageSize": size}, **more))
    assert found[:6] == [f"job-{number:02d}" for number in expected]
    assert len(set(found)) == len(found) == 25


def test_pages_stay_where_they_are_when_resources_come_and_go(tmp_path: Any) -> None:
    with open_service(tmp_path) as (backend, sagemaker):
        for number in range(6):
            add(backend, TRAINING_JOB, f"job-{number}", float(number + 1))
        request = {"Resource": "TrainingJob", "MaxResults": 2}
        first = sagemaker.search(**request)
        add(backend, TRAINING_JOB, "new", 99.0)
        backend.records.remove(TRAINING_JOB, REGION, "job-3")
        second = sagemaker.search(**request, NextToken=first["NextToken"])
        assert names(first["Results"]) == ["job-5", "job-4"]
        assert names(second["Results"]) == ["job-2", "job-1"]
        assert first["TotalHits"] == {"Value": 6, "Relation": "EqualTo"}


def test_other_regions_and_accounts_have_nothing(service: tuple[Backend, Any]) -> None:
    backend, sagemaker = service
    record = start_record(TRAINING_JOB, "us-east-1", {"TrainingJobName": "elsewhere"}, 1.0)
    backend.records.add(TRAINING_JOB, "us-east-1", "elsewhere", record)
    assert search(sagemaker, "TrainingJob", ("TrainingJobName", "Equals", "elsewhere")) == []
    assert search(sagemaker, "TrainingJob", CrossAccountFilterOption="CrossAccount") == []
    assert len(search(sagemaker, "TrainingJob", CrossAccountFilterOption="SameAccount")) == 25


def test_suggestions_are_names_that_search_takes(sagemaker: Any) -> None:
    suggested = sagemaker.get_search_suggestions(Resource="TrainingJob")["PropertyNameSuggestions"]
    found = [entry["PropertyName"] for entry in suggested]
    assert {"TrainingJobName", "Tags.odd", "Metrics.train:rmse", "HyperParameters.max_depth"} <= {
        *found
    }
    assert "InputDataConfig.DataSource.S3DataSource.S3Uri" in found
    assert found == sorted(found)
    for name in found:
        search(sagemaker, "TrainingJob", (name, "Exists"))
    query = {"PropertyNameQuery": {"PropertyNameHint": "Hyper"}}
    hinted = sagemaker.get_search_suggestions(Resource="TrainingJob", SuggestionQuery=query)
    assert hinted["PropertyNameSuggestions"] == [{"PropertyName": "HyperParameters.max_depth"}]


@pytest.mark.parametrize("token", ["x", "WzEsMl0=", "W3RydWUsdHJ1ZSwxLCJhIl0="])
def test_a_token_of_nobody_is_refused(sagemaker: Any, token: str) -> None:
    with pytest.raises(ClientError, match="NextToken is none that this service gave"):
        sagemaker.search(Resource="TrainingJob", NextToken=token)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"Resource": "Nothing"}, "failed to satisfy constraint: Member must satisfy enum value"),
        ({"Resource": "Image"}, "Search for Image is not done by the local service"),
        ({"Resource": "HubContent"}, "Search for HubContent is not done"),
        ({"SortBy": "Nothing"}, "Unknown property name: Nothing"),
        ({"VisibilityConditions": [{"Key": "a", "Value": "b"}]}, "VisibilityConditions are not"),
        ({"MaxResults": 101}, "have value less than or equal to 100"),
    ],
)
def test_a_request_that_is_refused(sagemaker: Any, request_: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ClientError, match=sentence) as refused:
        sagemaker.search(**{"Resource": "TrainingJob"} | request_)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_every_type_of_the_service_that_search_records_have_is_searchable(sagemaker: Any) -> None:
    allowed = sagemaker.meta.service_model.shape_for("ResourceType").enum
    ours = {resource.kind for resource in registry.TYPES} & {*allowed}
    assert {"TrainingJob", "Endpoint", "Model", "Pipeline", "PipelineExecution"} <= ours
    for kind in ours:
        search(sagemaker, kind)

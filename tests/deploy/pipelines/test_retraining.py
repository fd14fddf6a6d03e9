"""A monitor's verdict starts the pipeline again, on the local service in process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.pipelines.deployment import retraining
from local_test.service.resources.processing.resource import PROCESSING_JOB
from tests.clients.account import PATIENCE_SECONDS, REGION, ROLE, name_image
from tests.local_test.service.resources.monitor_definitions.monitor_service import (
    MonitorService,
    describe_job,
    open_monitor_service,
)

FOUND = "CompletedWithViolations: Job completed successfully with 2 violations."
NONE = "Completed: Job completed successfully with no violations."


@pytest.fixture
def service(tmp_path: Path) -> Iterator[MonitorService]:
    with open_monitor_service(tmp_path) as opened:
        opened.backend.event_bus.start()
        yield opened
        opened.backend.records.close()
        opened.backend.event_bus.close()


def schedule(client: Any, name: str) -> str:
    given = describe_job("DataQuality")
    given["DataQualityAppSpecification"] = {"ImageUri": name_image("python")}
    client.create_data_quality_job_definition(JobDefinitionName=name, **given)
    config = {"MonitoringJobDefinitionName": name, "MonitoringType": "DataQuality"}
    answer = client.create_monitoring_schedule(
        MonitoringScheduleName=name, MonitoringScheduleConfig=config
    )
    return str(answer["MonitoringScheduleArn"])


def end_job(service: MonitorService, name: str, arn: str, message: str) -> None:
    """Change a job's record as the end of an execution does."""
    field = PROCESSING_JOB.status_field
    record = {"ProcessingJobName": name, "ProcessingJobArn": PROCESSING_JOB.make_arn(REGION, name)}
    more = {"MonitoringScheduleArn": arn, field: "InProgress"}
    started = record | more
    service.backend.records.add(PROCESSING_JOB, REGION, name, started | {"CreationTime": 1.0})
    changes = {field: "Completed", "ExitMessage": message}
    service.backend.records.update(PROCESSING_JOB, REGION, name, **changes)


def test_violations_of_the_schedule_start_the_pipeline(service: MonitorService) -> None:
    client, events = service.sagemaker, service.backend.aws.client("events", REGION)
    step = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "done"}}
    client.create_pipeline(
        PipelineName="abalone",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": [step]}),
        ClientRequestToken="x" * 32,
        RoleArn=ROLE,
    )
    watched, other = schedule(client, "watched"), schedule(client, "other")
    retraining.put_rule(events, client, "watched", "abalone", ROLE)
    end_job(service, "fine", watched, NONE)
    end_job(service, "elsewhere", other, FOUND)
    end_job(service, "violated", watched, FOUND)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := list_executions(client)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    retraining.remove_rule(events, "watched")
    retraining.remove_rule(events, "watched")
    assert len(found) == 1
    assert events.list_rules(NamePrefix="retrain-")["Rules"] == []


def list_executions(client: Any) -> list[Any]:
    found = client.list_pipeline_executions(PipelineName="abalone")
    return list(found["PipelineExecutionSummaries"])

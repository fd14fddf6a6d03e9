"""A monitor's verdict starts the pipeline again, on the local service in process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.pipelines.deployment import drifted_columns, retraining
from local_test.service.resources.monitoring_executions.resource import MONITORING_EXECUTION
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
        PipelineDefinition=json.dumps(
            {
                "Version": "2020-12-01",
                "Parameters": [{"Name": "MonitoringSchedule", "Type": "String"}],
                "Steps": [step],
            }
        ),
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
    [given] = client.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=found[0]["PipelineExecutionArn"]
    )["PipelineParameters"]
    assert given == {"Name": "MonitoringSchedule", "Value": "watched"}
    assert events.list_rules(NamePrefix="retrain-")["Rules"] == []


def list_executions(client: Any) -> list[Any]:
    found = client.list_pipeline_executions(PipelineName="abalone")
    return list(found["PipelineExecutionSummaries"])


def end_execution(service: MonitorService, violations: list[dict[str, str]]) -> None:
    """Add the records and the file that an execution with violations leaves."""
    body = json.dumps({"violations": violations})
    address = service.put("out/constraint_violations.json", body)
    arn = PROCESSING_JOB.make_arn(REGION, "run-1")
    job = {"ProcessingJobName": "run-1", "ProcessingJobArn": arn}
    output = {"S3Uri": address.rpartition("/")[0], "LocalPath": "/opt/ml/processing/output"}
    uploads = {"OutputName": "result", "S3Output": output | {"S3UploadMode": "EndOfJob"}}
    more = {PROCESSING_JOB.status_field: "Completed", "CreationTime": 1.0}
    more |= {"ProcessingOutputConfig": {"Outputs": [uploads]}}
    service.backend.records.add(PROCESSING_JOB, REGION, "run-1", job | more)
    execution = {
        "MonitoringScheduleName": "watched",
        "ScheduledTime": 3600.0,
        "CreationTime": 3600.0,
        "LastModifiedTime": 3700.0,
        "MonitoringExecutionStatus": "CompletedWithViolations",
        "ProcessingJobArn": arn,
    }
    name = MONITORING_EXECUTION.key_of(execution)
    service.backend.records.add(MONITORING_EXECUTION, REGION, name, execution)


def test_drifted_columns_are_named_in_the_card_of_the_new_package(service: MonitorService) -> None:
    client = service.sagemaker
    schedule(client, "watched")
    with pytest.raises(LookupError, match="watched has found no violations yet"):
        drifted_columns.find_columns(client, service.s3, "watched")
    drift, kind = "baseline_drift_check", "data_type_check"
    checks = [("rings", drift), ("weight", drift), ("rings", kind), ("rings", drift)]
    end_execution(
        service, [{"feature_name": name, "constraint_check_type": check} for name, check in checks]
    )
    columns = drifted_columns.find_columns(client, service.s3, "watched")
    assert columns == {"rings": [drift, kind], "weight": [drift]}
    client.create_model_package_group(ModelPackageGroupName="abalone")
    before = {"business_details": {"business_problem": "How old is it?"}}
    card = {"ModelCardContent": json.dumps(before), "ModelCardStatus": "Draft"}
    made = client.create_model_package(
        ModelPackageGroupName="abalone",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": name_image("python")}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelCard=card,
    )
    drifted_columns.name_columns(client, made["ModelPackageArn"], "watched", columns)
    described = client.describe_model_package(ModelPackageName=made["ModelPackageArn"])
    content = json.loads(described["ModelCard"]["ModelCardContent"])
    assert content == before | {
        "additional_information": {
            "custom_details": {
                "drifted column rings": f"{drift}, {kind} (schedule watched)",
                "drifted column weight": f"{drift} (schedule watched)",
            }
        }
    }

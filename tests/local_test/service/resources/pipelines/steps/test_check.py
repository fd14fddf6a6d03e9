"""QualityCheck and ClarifyCheck steps: baselines, drift, and what of them other steps read."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import PATIENCE_SECONDS, ROLE, name_image
from tests.local_test.service.resources.monitor_definitions.monitor_service import (
    BUCKET,
    CLUSTER,
    MonitorService,
    open_monitor_service,
)
from tests.local_test.service.resources.monitoring_schedules import watcher
from tests.local_test.standins import install_program

CONTAINER = "/opt/ml/processing"
GROUP = "houses"
CONFIG = "config/analysis_config.json"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    install_program(folder, "tandem-watcher", Path(watcher.__file__))
    return folder


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitorService]:
    with open_monitor_service(tmp_path_factory.mktemp("checks")) as opened:
        for name in ("plain", "shifted"):
            opened.put(f"data/{name}/rows.jsonl", f"{name}\n")
        opened.put("known/statistics.json", "{}")
        opened.put("known/constraints.json", "{}")
        opened.put(CONFIG, '{"predictor": {}}')
        yield opened


@pytest.fixture(autouse=True)
def watcher_on_path(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


def locate(key: str) -> dict[str, str]:
    return {"S3Uri": f"s3://{BUCKET}/{key}"}


def describe_input(name: str, key: str, path: str) -> dict[str, Any]:
    source = {**locate(key), "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": source}


def build_check(data: str, kind: str = "QualityCheck", **more: Any) -> dict[str, Any]:
    """Give a step as the SDK writes it, which has all fields."""
    inputs = [
        describe_input("data", f"data/{data}", f"{CONTAINER}/input/data"),
        describe_input("analysis_config", CONFIG, f"{CONTAINER}/input/config"),
    ]
    output = {**locate("out"), "LocalPath": f"{CONTAINER}/output", "S3UploadMode": "EndOfJob"}
    return {
        "Name": "Check",
        "Type": kind,
        "Arguments": {
            "ProcessingResources": {"ClusterConfig": CLUSTER},
            "AppSpecification": {"ImageUri": name_image("watcher")},
            "RoleArn": ROLE,
            "ProcessingInputs": inputs if kind == "ClarifyCheck" else inputs[:1],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "o", "S3Output": output}]},
            "Environment": {
                "dataset_source": f"{CONTAINER}/input/data",
                "output_path": f"{CONTAINER}/output",
                "publish_cloudwatch_metrics": "Disabled",
            },
        },
        "CheckType": "DATA_QUALITY",
        "ModelPackageGroupName": None,
        "SkipCheck": False,
        "FailOnViolation": True,
        "RegisterNewBaseline": False,
        "SuppliedBaselineStatistics": None,
        "SuppliedBaselineConstraints": None,
    } | more


def run(service: MonitorService, name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    """Run a pipeline of steps, and give its end and its steps' entries by name."""
    client = service.sagemaker
    client.create_pipeline(
        PipelineName=name,
        ClientRequestToken=f"{name:-<32}",
        RoleArn=ROLE,
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": list(steps)}),
    )
    arn = client.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert time.monotonic() < deadline
        found: dict[str, Any] = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        if found["PipelineExecutionStatus"] not in {"Executing", "Stopping"}:
            break
        time.sleep(0.05)
    entries = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    return found | {one["StepName"]: one for one in entries["PipelineExecutionSteps"]}


SUPPLIED = {
    f"SuppliedBaseline{name}": f"s3://{BUCKET}/known/{name.lower()}.json"
    for name in ("Statistics", "Constraints")
}


def test_a_new_baseline_is_calculated_and_other_steps_read_it(service: MonitorService) -> None:
    check = build_check("plain", SkipCheck=True, RegisterNewBaseline=True)
    read = {"Get": "Steps.Check.BaselineUsedForDriftCheckConstraints"}
    end = run(
        service, "new", check, {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": read}}
    )
    found = end["Check"]["Metadata"]["QualityCheck"]
    assert end["End"]["Metadata"]["Fail"]["ErrorMessage"] == f"s3://{BUCKET}/out/constraints.json"
    assert found["CalculatedBaselineStatistics"] == f"s3://{BUCKET}/out/statistics.json"
    assert (found["SkipCheck"], found["RegisterNewBaseline"]) == (True, True)
    name = found["CheckJobArn"].rpartition("/")[2]
    job = service.sagemaker.describe_processing_job(ProcessingJobName=name)
    assert "baseline_constraints" not in job["Environment"]


def test_the_job_gets_the_baseline_and_violations_fail_the_step(service: MonitorService) -> None:
    end = run(service, "violated", build_check("shifted", **SUPPLIED))
    assert end["PipelineExecutionStatus"] == "Failed"
    assert (
        f"found violations: s3://{BUCKET}/out/constraint_violations.json"
        in (end["Check"]["FailureReason"])
    )
    found = end["Check"]["Metadata"]["QualityCheck"]
    name = found["CheckJobArn"].rpartition("/")[2]
    job = service.sagemaker.describe_processing_job(ProcessingJobName=name)
    report = json.loads(
        service.s3.get_object(Bucket=BUCKET, Key="out/statistics.json")["Body"].read()
    )
    assert report["scripts"] == {"baseline_constraints": "{}", "baseline_statistics": "{}"}
    assert job["Environment"]["baseline_constraints"].endswith("constraints/constraints.json")
    passed = run(service, "tolerated", build_check("shifted", FailOnViolation=False, **SUPPLIED))
    assert passed["PipelineExecutionStatus"] == "Succeeded"
    found = passed["Check"]["Metadata"]["QualityCheck"]
    assert found["ViolationReport"] == f"s3://{BUCKET}/out/constraint_violations.json"
    supplied = SUPPLIED["SuppliedBaselineConstraints"]
    assert found["BaselineUsedForDriftCheckConstraints"] == supplied


def test_the_baseline_of_the_newest_approved_package_is_used(service: MonitorService) -> None:
    client = service.sagemaker
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    check = build_check("plain", ModelPackageGroupName=GROUP)
    missing = run(service, "nothing", check)
    assert "No baseline to compare with: step Check" in missing["Check"]["FailureReason"]
    for status, folder in (("Approved", "known"), ("Rejected", "other")):
        baseline = {
            name: {**locate(f"{folder}/{name.lower()}.json"), "ContentType": "application/json"}
            for name in ("Statistics", "Constraints")
        }
        client.create_model_package(
            ModelPackageGroupName=GROUP,
            ModelPackageRegistrationType="Logged",
            ModelApprovalStatus=status,
            DriftCheckBaselines={"ModelDataQuality": baseline},
        )
    end = run(service, "registered", check)
    assert end["PipelineExecutionStatus"] == "Succeeded", end
    found = end["Check"]["Metadata"]["QualityCheck"]
    assert found["BaselineUsedForDriftCheckStatistics"] == f"s3://{BUCKET}/known/statistics.json"


def test_a_clarify_check_names_the_model_in_its_configuration(service: MonitorService) -> None:
    check = build_check(
        "plain", "ClarifyCheck", CheckType="MODEL_BIAS", SkipCheck=True, ModelName="houses-1"
    )
    end = run(service, "clarify", check)
    assert end["PipelineExecutionStatus"] == "Succeeded", end
    found = end["Check"]["Metadata"]["ClarifyCheck"]
    assert found["CalculatedBaselineConstraints"] == f"s3://{BUCKET}/out/analysis.json"
    assert "BaselineUsedForDriftCheckConstraints" not in found
    job = service.sagemaker.describe_processing_job(
        ProcessingJobName=found["CheckJobArn"].rpartition("/")[2]
    )
    [uri] = [
        one["S3Input"]["S3Uri"]
        for one in job["ProcessingInputs"]
        if one["InputName"] == "analysis_config"
    ]
    key = uri.removeprefix(f"s3://{BUCKET}/")
    config = json.loads(service.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert config == {"predictor": {"model_name": "houses-1"}}


def test_a_check_of_another_kind_is_refused(service: MonitorService) -> None:
    with pytest.raises(ClientError, match="CheckType MODEL_BIAS of step Check: no QualityCheck"):
        run(service, "refused", build_check("plain", CheckType="MODEL_BIAS"))
    read = {"Get": "Steps.Check.Nothing"}
    end = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": read}}
    with pytest.raises(ClientError, match="Nothing"):
        run(service, "unread", build_check("plain"), end)

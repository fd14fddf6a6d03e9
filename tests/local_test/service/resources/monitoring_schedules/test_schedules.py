"""Monitoring schedules: executions on the service's clock, their jobs, verdicts and alerts."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import now
from local_test.service.http.app import App
from local_test.service.resources import registry
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_executions.resource import MONITORING_EXECUTION
from local_test.service.resources.monitoring_schedules.timing import NEXT
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import PATIENCE_SECONDS, REGION, name_image
from tests.local_test.service.in_process import URL
from tests.local_test.service.resources.monitor_definitions.monitor_service import (
    BATCH_INPUT,
    BUCKET,
    CLUSTER,
    ENDPOINT_NAME,
    INPUT,
    OUTPUT,
    MonitorService,
    describe_job,
    open_monitor_service,
)
from tests.local_test.service.resources.monitoring_schedules.test_distributions import (
    number,
    words,
)
from tests.local_test.standins import install_program

ROLE = "arn:aws:iam::123456789012:role/any"
HOURLY = {"ScheduleExpression": "cron(0 * ? * * *)"}
MERGER = """
[[images]]
repository = "sagemaker-model-monitor-groundtruth-merger"
account = "*"
image = "tandem-watcher"
"""
SETTLED = {"Completed", "CompletedWithViolations", "Failed", "Stopped"}


@pytest.fixture(scope="module")
def watcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    install_program(folder, "tandem-watcher", Path(__file__).with_name("watcher.py"))
    return folder


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitorService]:
    folder = tmp_path_factory.mktemp("schedules")
    (folder / "images.toml").write_text(MERGER, encoding="utf-8")
    with open_monitor_service(folder) as opened:
        opened.put("baseline/constraints.json", '{"constraints": 1}')
        opened.put("baseline/statistics.json", '{"statistics": 1}')
        opened.put("code/preprocessor.py", "import json")
        yield opened


@pytest.fixture(autouse=True)
def watcher_on_path(watcher: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{watcher}{os.pathsep}{os.environ['PATH']}")


def define(endpoint: str = ENDPOINT_NAME) -> dict[str, Any]:
    """Give the definition of a schedule of its own."""
    return {
        "BaselineConfig": {
            "ConstraintsResource": {"S3Uri": f"s3://{BUCKET}/baseline/constraints.json"},
            "StatisticsResource": {"S3Uri": f"s3://{BUCKET}/baseline/statistics.json"},
        },
        "MonitoringInputs": [{"EndpointInput": INPUT | {"EndpointName": endpoint}}],
        "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": OUTPUT}]},
        "MonitoringResources": {"ClusterConfig": CLUSTER},
        "MonitoringAppSpecification": {
            "ImageUri": name_image("watcher"),
            "RecordPreprocessorSourceUri": f"s3://{BUCKET}/code/preprocessor.py",
        },
        "Environment": {"COLOUR": "red"},
        "RoleArn": ROLE,
    }


def create(service: MonitorService, name: str, **config: Any) -> str:
    given = config or {"ScheduleConfig": HOURLY, "MonitoringJobDefinition": define()}
    answer = service.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name, MonitoringScheduleConfig=given
    )
    return str(answer["MonitoringScheduleArn"])


def capture(service: MonitorService, moment: datetime, text: str) -> str:
    """Put a capture file of an hour, and give the hour's folder."""
    folder = f"{ENDPOINT_NAME}/AllTraffic/{moment:%Y/%m/%d/%H}"
    service.put(f"captures/{folder}/00-00-000-{text}.jsonl", f"{text}\n")
    return folder


def advance(service: MonitorService) -> datetime:
    """Move the clock to the next hour and fire what is due; give the hour that has ended."""
    moment = read_clock()
    hour = moment.replace(minute=0, second=0, microsecond=0)
    service.backend.timetable.advance((hour + timedelta(hours=1) - moment).total_seconds() + 1)
    return hour


def read_clock() -> datetime:
    return datetime.fromtimestamp(now(), UTC)


def wait_for_execution(service: MonitorService, schedule: str, count: int = 1) -> dict[str, Any]:
    """Wait until so many executions have ended, and give the last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert time.monotonic() < deadline
        found = service.sagemaker.list_monitoring_executions(
            MonitoringScheduleName=schedule, SortBy="ScheduledTime", SortOrder="Ascending"
        )["MonitoringExecutionSummaries"]
        if len(found) >= count and found[-1]["MonitoringExecutionStatus"] in SETTLED:
            return dict(found[-1])
        time.sleep(0.02)


def read_report(service: MonitorService, execution: dict[str, Any]) -> dict[str, Any]:
    name = execution["ProcessingJobArn"].rpartition("/")[2]
    job = service.sagemaker.describe_processing_job(ProcessingJobName=name)
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    key = uri.removeprefix(f"s3://{BUCKET}/")
    body = service.s3.get_object(Bucket=BUCKET, Key=f"{key}/statistics.json")["Body"].read()
    return {"key": key, "job": job, **json.loads(body)}


def stop_all(service: MonitorService) -> None:
    for one in service.sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"]:
        service.sagemaker.stop_monitoring_schedule(
            MonitoringScheduleName=one["MonitoringScheduleName"]
        )


def test_an_execution_gets_the_hours_data_and_what_the_contract_says(
    service: MonitorService,
) -> None:
    arn = create(service, "hourly")
    hour = read_clock().replace(minute=0, second=0, microsecond=0)
    folder = capture(service, hour, "plain")
    capture(service, hour - timedelta(hours=1), "earlier")
    assert advance(service) == hour
    execution = wait_for_execution(service, "hourly")
    report = read_report(service, execution)
    assert execution["MonitoringExecutionStatus"] == "Completed"
    assert execution["ScheduledTime"] == hour + timedelta(hours=1)
    assert (execution["EndpointName"], execution["MonitoringType"]) == ("houses", "DataQuality")
    assert report["files"] == {f"{folder}/00-00-000-plain.jsonl": "plain\n"}
    assert report["key"] == f"reports/houses/hourly/{hour + timedelta(hours=1):%Y/%m/%d/%H}"
    assert report["scripts"] == {
        "baseline_constraints": '{"constraints": 1}',
        "baseline_statistics": '{"statistics": 1}',
        "record_preprocessor_script": "import json",
    }
    expected = {
        "sagemaker_endpoint_name": "houses",
        "sagemaker_monitoring_schedule_name": "hourly",
        "publish_cloudwatch_metrics": "Enabled",
        "COLOUR": "red",
        "start_time": f"{hour:%Y-%m-%dT%H:%M:%SZ}",
        "end_time": f"{hour + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    }
    assert {name: report["variables"][name] for name in expected} == expected
    form = json.loads(report["variables"]["dataset_format"])
    assert form == {
        "sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}
    }
    assert report["job"]["MonitoringScheduleArn"] == arn
    told = service.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="hourly")
    assert told["MonitoringScheduleStatus"] == "Scheduled"
    last = told["LastMonitoringExecutionSummary"]
    assert last["ProcessingJobArn"] == execution["ProcessingJobArn"]
    metrics = service.backend.aws.client("cloudwatch", REGION).list_metrics(
        Namespace="/aws/sagemaker/Endpoints/data-metrics"
    )["Metrics"]
    assert {one["MetricName"] for one in metrics} == {"feature_baseline_drift_rooms"}
    stop_all(service)


def test_verdicts_set_statuses_and_the_alert(service: MonitorService) -> None:
    create(service, "judged")
    cases = [
        ("", "Failed", "Job inputs had no data"),
        ("shifted", "CompletedWithViolations", None),
        ("plain", "Completed", None),
        ("broken", "Failed", "the data is broken"),
    ]
    for count, (text, status, reason) in enumerate(cases, start=1):
        if text:
            capture(service, read_clock(), f"{text}-judged")
        advance(service)
        execution = wait_for_execution(service, "judged", count)
        assert execution["MonitoringExecutionStatus"] == status
        assert (reason or "") in execution.get("FailureReason", "")
    client = service.sagemaker
    found = client.list_monitoring_executions(
        MonitoringScheduleName="judged", StatusEquals="Failed", MaxResults=1
    )
    assert len(found["MonitoringExecutionSummaries"]) == 1
    rest = client.list_monitoring_executions(
        MonitoringScheduleName="judged", StatusEquals="Failed", NextToken=found["NextToken"]
    )["MonitoringExecutionSummaries"]
    assert [one["FailureReason"] for one in rest] == ["Job inputs had no data"]
    [alert] = client.list_monitoring_alerts(MonitoringScheduleName="judged")[
        "MonitoringAlertSummaries"
    ]
    history = client.list_monitoring_alert_history(
        MonitoringScheduleName="judged", SortOrder="Ascending"
    )["MonitoringAlertHistory"]
    assert alert["AlertStatus"] == "OK"
    assert [one["AlertStatus"] for one in history] == ["InAlert", "OK"]
    first, last = (one["CreationTime"] for one in history)
    between = client.list_monitoring_alert_history(
        MonitoringScheduleName="judged", CreationTimeAfter=first, CreationTimeBefore=last
    )["MonitoringAlertHistory"]
    assert len(between) == 2
    name = {"MonitoringScheduleName": "judged", "MonitoringAlertName": alert["MonitoringAlertName"]}
    client.update_monitoring_alert(**name, DatapointsToAlert=1, EvaluationPeriod=2)
    [alert] = client.list_monitoring_alerts(MonitoringScheduleName="judged")[
        "MonitoringAlertSummaries"
    ]
    assert (alert["AlertStatus"], alert["EvaluationPeriod"]) == ("InAlert", 2)
    with pytest.raises(ClientError, match="More datapoints than executions"):
        client.update_monitoring_alert(**name, DatapointsToAlert=3, EvaluationPeriod=2)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.update_monitoring_alert(
            MonitoringScheduleName="judged",
            MonitoringAlertName="other",
            DatapointsToAlert=1,
            EvaluationPeriod=1,
        )
    stop_all(service)


def test_predictions_are_merged_with_ground_truth_first(service: MonitorService) -> None:
    given = describe_job("ModelQuality")
    given["ModelQualityAppSpecification"] = {"ImageUri": name_image("watcher")} | {
        "ProblemType": "Regression"
    }
    given["ModelQualityJobInput"]["EndpointInput"] = INPUT | {"InferenceAttribute": "0"}
    service.sagemaker.create_model_quality_job_definition(JobDefinitionName="quality", **given)
    config = {"MonitoringJobDefinitionName": "quality", "MonitoringType": "ModelQuality"}
    create(service, "merged", ScheduleConfig=HOURLY, **config)
    capture(service, read_clock(), "plain-merged")
    advance(service)
    missing = wait_for_execution(service, "merged")
    assert missing["FailureReason"].startswith("Job inputs had no data: no ground truth below")
    capture(service, read_clock(), "plain-again")
    service.put(f"truth/{read_clock():%Y/%m/%d/%H}/a.jsonl", '{"label": 1}\n')
    advance(service)
    execution = wait_for_execution(service, "merged", 2)
    assert execution["MonitoringExecutionStatus"] == "Completed", execution
    report = read_report(service, execution)
    assert report["files"]["labels.jsonl"] == '{"label": 1}\n'
    assert any(name.endswith("00-00-000-plain-again.jsonl") for name in report["files"])
    form = json.loads(report["variables"]["dataset_format"])
    assert form == {"sagemakerMergeJson": {"captureIndexNames": ["endpointOutput"]}}
    expected = {"problem_type": "Regression", "inference_attribute": "0"}
    expected |= {"analysis_type": "MODEL_QUALITY"}
    expected |= {"metric_time": report["variables"]["start_time"]}
    assert {name: report["variables"][name] for name in expected} == expected
    jobs = service.sagemaker.list_processing_jobs(
        NameContains=execution["ProcessingJobArn"].rpartition("-")[2]
    )["ProcessingJobSummaries"]
    kinds = {one["ProcessingJobName"].rsplit("-", 2)[0] for one in jobs}
    assert kinds == {"groundtruth-merge", "model-quality-monitoring"}
    with pytest.raises(ClientError, match=r"ResourceInUse.*merged"):
        service.sagemaker.delete_model_quality_job_definition(JobDefinitionName="quality")
    service.sagemaker.delete_monitoring_schedule(MonitoringScheduleName="merged")
    service.sagemaker.delete_model_quality_job_definition(JobDefinitionName="quality")
    kept = service.sagemaker.list_monitoring_executions(MonitoringScheduleName="merged")
    assert len(kept["MonitoringExecutionSummaries"]) == 2


def test_a_batch_monitor_reads_what_transform_jobs_have_captured(service: MonitorService) -> None:
    given = describe_job("DataQuality", {"BatchTransformInput": BATCH_INPUT})
    given["DataQualityAppSpecification"] = {"ImageUri": name_image("watcher")}
    service.sagemaker.create_data_quality_job_definition(JobDefinitionName="batch", **given)
    config = {"MonitoringJobDefinitionName": "batch", "MonitoringType": "DataQuality"}
    create(service, "batch", ScheduleConfig=HOURLY, **config)
    service.put("transformed/rows.jsonl", "1\n")
    service.put("transformed/unread.jsonl", "2\n")
    hour = f"{read_clock():%Y/%m/%d/%H}"
    manifest = json.dumps([{"prefix": f"s3://{BUCKET}/transformed/"}, "rows.jsonl"])
    service.put(f"batch/input/{hour}/one.json", manifest)
    advance(service)
    execution = wait_for_execution(service, "batch")
    assert execution["MonitoringExecutionStatus"] == "Completed", execution
    report = read_report(service, execution)
    assert report["files"] == {f"{hour}/one/rows.jsonl": "1\n"}
    assert json.loads(report["variables"]["dataset_format"]) == {"csv": {"header": True}}
    assert "sagemaker_endpoint_name" not in report["variables"]
    stop_all(service)


def test_the_page_has_verdicts_distributions_and_links_to_rows(service: MonitorService) -> None:
    before = {"features": [number("rooms", (0, 5, 10)), words("city", Rome=1)]}
    service.put("baseline/statistics.json", json.dumps(before))
    create(service, "drawn")
    folder = capture(service, read_clock(), "shifted-drawn")
    advance(service)
    report = read_report(service, wait_for_execution(service, "drawn"))
    after = {"features": [number("rooms", (5, 9, 10)), words("city", Oslo=1)]}
    service.put(f"{report['key']}/statistics.json", json.dumps(after))
    violation = {"feature_name": "rooms", "constraint_check_type": "baseline_drift_check"}
    violation |= {"description": "too far < away"}
    service.put(
        f"{report['key']}/constraint_violations.json", json.dumps({"violations": [violation]})
    )
    client = WsgiClient(App(service.backend))
    page = client.send("GET", f"{URL}/console/monitoring-schedule/{REGION}/drawn", {}, b"")
    text = page.content.decode()
    assert page.status == 200
    assert "too far &lt; away" in text
    assert text.count('class="overlay"') == 1
    assert "<td>now</td><td>5</td><td>9</td><td>100 %</td>" in text
    assert "0.0 % → 100.0 %" in text
    link = f"/console/capture/{REGION}/{BUCKET}/captures/{folder}/00-00-000-shifted-drawn.jsonl"
    assert f'href="{link}"' in text
    rows = client.send("GET", f"{URL}{link}", {}, b"").content.decode()
    assert "<td>shifted-drawn</td>" in rows
    sides = {"endpointInput": {"data": "1,a\n2,b\n"}, "endpointOutput": {"data": "0.5\n0.7\n"}}
    event = {"eventId": "e-1", "inferenceTime": "noon"}
    service.put("two.jsonl", json.dumps({"captureData": sides, "eventMetadata": event}) + "\n")
    two = client.send("GET", f"{URL}/console/capture/{REGION}/{BUCKET}/two.jsonl", {}, b"")
    assert "1 line; 2 records" in two.content.decode()
    assert "<td>2,b</td><td>0.7</td>" in two.content.decode()
    assert client.send("GET", f"{URL}{link}-gone", {}, b"").status == 404
    assert 'class="status InAlert"' in text
    overview = client.send("GET", f"{URL}/console/monitoring-schedules", {}, b"").content.decode()
    assert f"/console/monitoring-schedule/{REGION}/drawn" in overview
    service.put("baseline/statistics.json", '{"statistics": 1}')
    stop_all(service)


def test_now_runs_once_and_an_execution_of_a_time_never_twice(service: MonitorService) -> None:
    advance(service)  # the window has the hour before, too
    capture(service, read_clock(), "plain-now")
    times = {"DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT0H"}
    config = {"ScheduleConfig": {"ScheduleExpression": "NOW"} | times}
    create(service, "once", **config, MonitoringJobDefinition=define())
    execution = wait_for_execution(service, "once")
    assert execution["MonitoringExecutionStatus"] == "Completed", execution
    records = service.backend.records
    due = execution["ScheduledTime"].timestamp()
    # As if the service had ended between the execution and the time of the next one.
    records.update(MONITORING_SCHEDULE, REGION, "once", **{NEXT: due})
    while records.get(MONITORING_SCHEDULE, REGION, "once")[NEXT] is not None:
        time.sleep(0.02)
    found = service.sagemaker.list_monitoring_executions(MonitoringScheduleName="once")
    assert len(found["MonitoringExecutionSummaries"]) == 1


def test_a_restart_starts_what_was_pending_and_fails_what_was_running(
    service: MonitorService,
) -> None:
    capture(service, read_clock(), "plain-restart")
    create(service, "restarted")
    advance(service)
    wait_for_execution(service, "restarted")
    records = service.backend.records
    [name] = [
        name
        for name in (
            MONITORING_EXECUTION.key_of(one)
            for _, one in records.list_all(MONITORING_EXECUTION, REGION)
        )
        if name.startswith("restarted/")
    ]
    restart = registry.load_registration("monitoring_executions").restart
    field = MONITORING_EXECUTION.status_field
    records.update(MONITORING_EXECUTION, REGION, name, **{field: "InProgress"})
    restart(service.backend)
    failed = wait_for_execution(service, "restarted")
    assert "the local service ended" in failed["FailureReason"]
    changes = {field: "Pending", "FailureReason": None}
    records.update(MONITORING_EXECUTION, REGION, name, **changes)
    restart(service.backend)
    assert wait_for_execution(service, "restarted")["MonitoringExecutionStatus"] == "Completed"
    stop_all(service)


def test_a_schedule_is_listed_changed_stopped_and_deleted(service: MonitorService) -> None:
    client, name = service.sagemaker, {"MonitoringScheduleName": "changed"}
    create(service, "changed")
    with pytest.raises(ClientError, match="ResourceInUse"):
        create(service, "changed")
    found = client.list_monitoring_schedules(EndpointName=ENDPOINT_NAME, NameContains="change")
    assert [one["MonitoringScheduleName"] for one in found["MonitoringScheduleSummaries"]] == [
        "changed"
    ]
    daily = {"ScheduleConfig": {"ScheduleExpression": "cron(0 12 ? * * *)"}}
    config = daily | {"MonitoringJobDefinition": define()}
    client.update_monitoring_schedule(**name, MonitoringScheduleConfig=config)
    told = client.describe_monitoring_schedule(**name)
    assert told["MonitoringScheduleConfig"] == config
    following = service.backend.records.get(MONITORING_SCHEDULE, REGION, "changed")[NEXT]
    assert datetime.fromtimestamp(following, UTC).hour == 12
    client.stop_monitoring_schedule(**name)
    assert client.describe_monitoring_schedule(**name)["MonitoringScheduleStatus"] == "Stopped"
    assert service.backend.records.get(MONITORING_SCHEDULE, REGION, "changed")[NEXT] is None
    client.start_monitoring_schedule(**name)
    assert client.describe_monitoring_schedule(**name)["MonitoringScheduleStatus"] == "Scheduled"
    client.delete_monitoring_schedule(**name)
    for call in (client.describe_monitoring_schedule, client.delete_monitoring_schedule):
        with pytest.raises(ClientError, match="ResourceNotFound"):
            call(**name)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"ScheduleConfig": HOURLY}, "Not one job but 0"),
        ({"MonitoringJobDefinitionName": "gone"}, "MonitoringType is missing"),
        (
            {"MonitoringJobDefinitionName": "gone", "MonitoringType": "ModelBias"},
            "ResourceNotFound",
        ),
        (
            {"MonitoringJobDefinition": define("gone")},
            "Could not find endpoint",
        ),
        (
            {"MonitoringJobDefinition": define(), "MonitoringType": "ModelQuality"},
            "MonitoringType ModelQuality of a MonitoringJobDefinition",
        ),
    ],
    ids=["no job", "no type", "no definition", "no endpoint", "inline type"],
)
def test_a_schedule_that_could_not_run_is_refused(
    service: MonitorService, config: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason):
        create(service, "refused", **config)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        service.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="refused")

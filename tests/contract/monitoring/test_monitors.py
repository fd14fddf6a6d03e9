"""Monitors with the real analyzer, on both engines: exactly the planted faults are reported."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from local_test.commands.shared.service_request import request_service
from tests.analyzer.jobs import Place, to_csv
from tests.clients.account import (
    PATIENCE_SECONDS,
    REGION,
    ROLE,
    Account,
    name_image,
    run_service,
    wait_until_settled,
)
from tests.conftest import docker_engine

COLUMNS = ("price", "rooms", "area", "age")
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
PROGRAM = {"ImageUri": name_image("analyzer")}
SETTLED = {"Completed", "CompletedWithViolations", "Failed", "Stopped"}
Table = dict[str, list[str]]


def make_features(seed: int, rows: int) -> np.ndarray:
    """Return whole rooms, normal areas and exponential ages, shape (rows, 3)."""
    random = np.random.default_rng(seed)
    rooms = random.integers(1, 9, rows)
    area = random.normal(120.0, 25.0, rows).round(2)
    return np.column_stack([rooms, area, random.exponential(20.0, rows).round(3)])


def format_rows(features: np.ndarray) -> list[str]:
    return [f"{int(rooms)},{area:.2f},{age:.3f}" for rooms, area, age in features]


def pack_booster() -> tuple[xgb.Booster, bytes]:
    """Return a booster and its archive."""
    features = make_features(1, 2000)
    prices = features @ np.array([20.0, 3.0, -1.0])
    options = {"max_depth": 3, "eta": 0.5, "nthread": 1}
    booster = xgb.train(options, xgb.DMatrix(features, prices), num_boost_round=5)
    content = bytes(booster.save_raw("ubj"))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        packed.addfile(entry, io.BytesIO(content))
    return booster, archive.getvalue()


def make_listings(seed: int, rows: int) -> Table:
    random = np.random.default_rng(seed)
    return {
        "rooms": [str(each) for each in random.integers(1, 9, rows)],
        "area": [f"{each:.2f}" for each in random.normal(120.0, 25.0, rows)],
        "garden": [f"{each:.1f}" for each in random.gamma(2.0, 50.0, rows)],
        "floors": [str(each) for each in random.integers(1, 4, rows)],
        "tax": [f"{each:.2f}" for each in random.gamma(3.0, 10.0, rows)],
        "city": random.choice(["Oslo", "Rome", "Bonn"], rows).tolist(),
    }


def plant_faults(table: Table) -> Table:
    """Shift area, lose every fifth garden, retype floors, invent a city, drop tax, add heating."""
    changed = {
        "area": [f"{float(each) + 20:.2f}" for each in table["area"]],
        "garden": ["" if row % 5 == 0 else each for row, each in enumerate(table["garden"])],
        "floors": [
            f"{each}.5" if row % 20 == 0 else each for row, each in enumerate(table["floors"])
        ],
        "city": ["Paris" if row % 50 == 0 else each for row, each in enumerate(table["city"])],
        "heating": table["rooms"],
    }
    return {name: cells for name, cells in (table | changed).items() if name != "tax"}


@dataclass(frozen=True)
class Monitored:
    """A service with an endpoint whose booster is known, and a bucket."""

    account: Account
    bucket: str
    booster: xgb.Booster

    def schedule(self, name: str, source: dict[str, Any]) -> str:
        """Create an hourly monitor of data quality; return its ARN."""
        output = {"S3Uri": f"{self.bucket}/reports", "LocalPath": "/opt/ml/processing/output"}
        baseline = f"{self.bucket}/baseline/{name}"
        job = {
            "BaselineConfig": {
                "ConstraintsResource": {"S3Uri": f"{baseline}/constraints.json"},
                "StatisticsResource": {"S3Uri": f"{baseline}/statistics.json"},
            },
            "MonitoringInputs": [source],
            "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
            "MonitoringResources": {"ClusterConfig": CLUSTER},
            "MonitoringAppSpecification": PROGRAM,
            "RoleArn": ROLE,
        }
        hourly = {"ScheduleExpression": "cron(0 * ? * * *)"}
        told = self.account.sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=name,
            MonitoringScheduleConfig={"ScheduleConfig": hourly, "MonitoringJobDefinition": job},
        )
        return str(told["MonitoringScheduleArn"])

    def wait_for_execution(self, name: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < deadline
            found = self.account.sagemaker.list_monitoring_executions(MonitoringScheduleName=name)
            summaries = found["MonitoringExecutionSummaries"]
            if summaries and summaries[0]["MonitoringExecutionStatus"] in SETTLED:
                return dict(summaries[0])
            time.sleep(0.1)

    def list_violations(self, execution: dict[str, Any]) -> list[tuple[str, str]]:
        name = execution["ProcessingJobArn"].rpartition("/")[2]
        job = self.account.sagemaker.describe_processing_job(ProcessingJobName=name)
        uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        report = json.loads(self.account.get(f"{uri}/constraint_violations.json"))
        return [(one["feature_name"], one["constraint_check_type"]) for one in report["violations"]]


@pytest.fixture(
    scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)]
)
def monitored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Monitored]:
    if request.param == "docker":
        docker_engine()
    booster, archive = pack_booster()
    with run_service(request.param, tmp_path_factory.mktemp("monitors")) as account:
        bucket = account.bucket("monitored")
        data = account.put(f"{bucket}/model.tar.gz", archive)
        deploy(account, data, f"{bucket}/captures")
        yield Monitored(account, bucket, booster)


def deploy(account: Account, data: str, captures: str) -> None:
    """Deploy the endpoint `houses` with data capture."""
    container = {"Image": name_image("xgboost"), "ModelDataUrl": data}
    account.sagemaker.create_model(
        ModelName="houses", ExecutionRoleArn=ROLE, PrimaryContainer=container
    )
    variant = {"VariantName": "AllTraffic", "ModelName": "houses", "InstanceType": "ml.m5.large"}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="houses",
        ProductionVariants=[variant | {"InitialInstanceCount": 1}],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": captures,
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    account.sagemaker.create_endpoint(EndpointName="houses", EndpointConfigName="houses")
    told = wait_until_settled(
        lambda: account.sagemaker.describe_endpoint(EndpointName="houses"), "EndpointStatus"
    )
    assert told["EndpointStatus"] == "InService", told


def suggest_baseline(monitored: Monitored, name: str, data: str) -> None:
    """Run the baseline job of a CSV data set."""
    place = {"S3DataType": "S3Prefix", "S3InputMode": "File"}
    folder = "/opt/ml/processing"
    account = monitored.account
    account.sagemaker.create_processing_job(
        ProcessingJobName=f"baseline-{name}",
        AppSpecification=PROGRAM,
        ProcessingInputs=[
            {
                "InputName": "data",
                "S3Input": place | {"S3Uri": data, "LocalPath": f"{folder}/input/data"},
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "baseline",
                    "S3Output": {
                        "S3Uri": f"{monitored.bucket}/baseline/{name}",
                        "LocalPath": f"{folder}/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        ProcessingResources={"ClusterConfig": CLUSTER | {"InstanceCount": 2}},
        Environment={
            "dataset_source": f"{folder}/input/data",
            "dataset_format": '{"csv": {"header": true}}',
            "output_path": f"{folder}/output",
        },
        RoleArn=ROLE,
    )
    told = wait_until_settled(
        lambda: account.sagemaker.describe_processing_job(ProcessingJobName=f"baseline-{name}"),
        "ProcessingJobStatus",
    )
    assert told["ProcessingJobStatus"] == "Completed", told
    assert told["ExitMessage"].startswith("Completed: "), told


def read_clock(account: Account, query: str = "", method: str = "GET") -> datetime:
    """Return the service's time, after the change that the query asks for."""
    found = request_service(account.url, f"clock{query}", "test", method=method, seconds=60)
    return datetime.fromisoformat(found["time"])


def advance(account: Account) -> None:
    """Move the clock just beyond the next full hour."""
    moment = read_clock(account)
    hour = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    read_clock(account, f"?seconds={int((hour - moment).total_seconds()) + 1}", "POST")


def count_captures(monitored: Monitored) -> int:
    """Count the requests that the endpoint's capture has written to S3."""
    keys = monitored.account.keys(f"{monitored.bucket}/captures")
    found = (monitored.account.get(f"{monitored.bucket}/{key}") for key in keys)
    return sum(len(content.splitlines()) for content in found)


def watch_events(account: Account, schedule_arn: str) -> str:
    """Send the events of a schedule's jobs with violations to a queue; return its address."""
    queue = account.client("sqs").create_queue(QueueName="violations")["QueueUrl"]
    pattern = {
        "detail-type": ["SageMaker Processing Job State Change"],
        "detail": {
            "MonitoringScheduleArn": [schedule_arn],
            "ExitMessage": [{"prefix": "CompletedWithViolations"}],
        },
    }
    events = account.client("events")
    events.put_rule(Name="violations", EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:123456789012:violations"
    events.put_targets(Rule="violations", Targets=[{"Id": "queue", "Arn": arn}])
    return str(queue)


def test_a_shift_of_an_endpoints_requests_is_found_on_the_hour(monitored: Monitored) -> None:
    """From requests to the violation, its metric, its alert and its event."""
    account = monitored.account
    known = make_features(2, 2000)
    prices = monitored.booster.predict(xgb.DMatrix(known))
    lines = [f"{price:.4f},{row}" for price, row in zip(prices, format_rows(known), strict=True)]
    text = "\n".join([",".join(COLUMNS), *lines])
    suggest_baseline(monitored, "traffic", account.put(f"{monitored.bucket}/known.csv", text))
    endpoint = {"EndpointName": "houses", "LocalPath": "/opt/ml/processing/input/endpoint"}
    arn = monitored.schedule("traffic", {"EndpointInput": endpoint})
    queue = watch_events(account, arn)
    sent = make_features(3, 600)
    sent[:, 2] += 15.0
    runtime = account.client("sagemaker-runtime")
    for start in range(0, 600, 100):
        body = "\n".join(format_rows(sent[start : start + 100]))
        runtime.invoke_endpoint(EndpointName="houses", Body=body, ContentType="text/csv")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while count_captures(monitored) < 6:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    advance(account)
    execution = monitored.wait_for_execution("traffic")
    assert execution["MonitoringExecutionStatus"] == "CompletedWithViolations", execution
    assert monitored.list_violations(execution) == [("age", "baseline_drift_check")]
    [alert] = account.sagemaker.list_monitoring_alerts(MonitoringScheduleName="traffic")[
        "MonitoringAlertSummaries"
    ]
    assert alert["AlertStatus"] == "InAlert"
    dimensions = [
        {"Name": "Endpoint", "Value": "houses"},
        {"Name": "MonitoringSchedule", "Value": "traffic"},
    ]
    moment = execution["ScheduledTime"].astimezone(UTC)
    told = account.client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/Endpoints/data-metrics",
        MetricName="feature_baseline_drift_age",
        Dimensions=dimensions,
        StartTime=moment - timedelta(hours=1),
        EndTime=moment + timedelta(hours=1),
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert [one["Maximum"] > 0.1 for one in told] == [True]
    received = account.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)
    [message] = received["Messages"]
    detail = json.loads(message["Body"])["detail"]
    assert detail["ProcessingJobName"] == execution["ProcessingJobArn"].rpartition("/")[2]
    account.sagemaker.stop_monitoring_schedule(MonitoringScheduleName="traffic")


def watch_quality(monitored: Monitored, name: str) -> None:
    """Create an hourly monitor of model quality on two instances, with a bound of the error."""
    account, bucket = monitored.account, monitored.bucket
    constraint = {"threshold": 1.0, "comparison_operator": "GreaterThanThreshold"}
    constraints = {"version": 0.0, "regression_constraints": {"mae": constraint}}
    uri = account.put(f"{bucket}/{name}/constraints.json", json.dumps(constraints))
    output = {"S3Uri": f"{bucket}/reports", "LocalPath": "/opt/ml/processing/output"}
    account.sagemaker.create_model_quality_job_definition(
        JobDefinitionName=name,
        ModelQualityBaselineConfig={"ConstraintsResource": {"S3Uri": uri}},
        ModelQualityAppSpecification=PROGRAM | {"ProblemType": "Regression"},
        ModelQualityJobInput={
            "EndpointInput": {
                "EndpointName": "houses",
                "LocalPath": "/opt/ml/processing/input/endpoint",
                "InferenceAttribute": "0",
            },
            "GroundTruthS3Input": {"S3Uri": f"{bucket}/{name}/truth"},
        },
        ModelQualityJobOutputConfig={"MonitoringOutputs": [{"S3Output": output}]},
        JobResources={"ClusterConfig": CLUSTER | {"InstanceCount": 2}},
        RoleArn=ROLE,
    )
    account.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name,
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringType": "ModelQuality",
            "MonitoringJobDefinitionName": name,
        },
    )


def test_two_instances_merge_ground_truth_and_measure_the_model(monitored: Monitored) -> None:
    account, bucket, name = monitored.account, monitored.bucket, "quality"
    watch_quality(monitored, name)
    before, moment = count_captures(monitored), read_clock(account)
    runtime, errors, labels = account.client("sagemaker-runtime"), [], []
    for number, row in enumerate(format_rows(make_features(6, 40))):
        told = runtime.invoke_endpoint(
            EndpointName="houses", Body=row, ContentType="text/csv", InferenceId=f"house-{number}"
        )
        price = float(told["Body"].read())
        errors.append(number % 5)
        # The label of the first hour is corrected by another file, and one never comes.
        labels += [(number, "early", 0.0)] if number == 0 else []
        labels += [(number, "later", price + errors[-1])] if number < 39 else []
    for file in ("early", "later"):
        lines = [
            json.dumps(
                {
                    "groundTruthData": {"data": repr(price), "encoding": "CSV"},
                    "eventMetadata": {"eventId": f"house-{number}"},
                    "eventVersion": "0",
                }
            )
            for number, place, price in labels
            if place == file
        ]
        account.put(f"{bucket}/{name}/truth/{moment:%Y/%m/%d/%H}/{file}.jsonl", "\n".join(lines))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while count_captures(monitored) < before + 40:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    advance(account)
    execution = monitored.wait_for_execution(name)
    assert execution["MonitoringExecutionStatus"] == "CompletedWithViolations", execution
    reports = account.keys(f"{bucket}/reports/houses/{name}")
    [place] = [key for key in reports if key.endswith("statistics.json")]
    found = json.loads(account.get(f"{bucket}/{place}"))
    assert found["dataset"]["item_count"] == 39
    mae = found["regression_metrics"]["mae"]["value"]
    assert mae == pytest.approx(float(np.mean(errors[:39])))
    account.sagemaker.delete_monitoring_schedule(MonitoringScheduleName=name)


def test_six_planted_faults_give_exactly_six_violations(
    monitored: Monitored, tmp_path: Path
) -> None:
    """The captured data of a batch transform with a fault of each kind, and without any."""
    account, bucket = monitored.account, monitored.bucket
    place = Place(tmp_path)
    place.write("known.csv", to_csv(make_listings(4, 3000)))
    place.run()
    tables = {"clean": make_listings(5, 1500), "faulty": plant_faults(make_listings(5, 1500))}
    moment = read_clock(account)
    for name, table in tables.items():
        for file in ("constraints.json", "statistics.json"):
            account.put(f"{bucket}/baseline/{name}/{file}", (place.output / file).read_bytes())
        account.put(f"{bucket}/{name}/rows.csv", to_csv(table))
        manifest = json.dumps([{"prefix": f"{bucket}/{name}/"}, "rows.csv"])
        account.put(f"{bucket}/batch-{name}/input/{moment:%Y/%m/%d/%H}/one.json", manifest)
        source = {
            "DataCapturedDestinationS3Uri": f"{bucket}/batch-{name}",
            "DatasetFormat": {"Csv": {"Header": True}},
            "LocalPath": "/opt/ml/processing/input/batch",
        }
        monitored.schedule(name, {"BatchTransformInput": source})
    advance(account)
    clean, faulty = (monitored.wait_for_execution(name) for name in tables)
    assert clean["MonitoringExecutionStatus"] == "Completed", clean
    assert monitored.list_violations(clean) == []
    assert faulty["MonitoringExecutionStatus"] == "CompletedWithViolations", faulty
    assert sorted(monitored.list_violations(faulty)) == [
        ("Extra columns", "extra_column_check"),
        ("Missing columns", "missing_column_check"),
        ("area", "baseline_drift_check"),
        ("city", "categorical_values_check"),
        ("floors", "data_type_check"),
        ("garden", "completeness_check"),
    ]

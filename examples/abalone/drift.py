"""Rows whose lengths have drifted, and a monitor that finds it on a local SageMaker."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from examples import service
from local_test.commands.shared.service_request import request_service

SCHEDULE = "abalone-data"
COLUMN = "length"
_FACTOR, _ROWS, _SEED = 1.4, 600, 7
_BASELINE = ("statistics.json", "constraints.json")
_ANALYZER = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tandem-analyzer:latest"
_SECONDS = 600
_PAUSE = 0.2


class DriftMonitor:
    """A schedule that compares rows that came later with those the preprocessor was fitted to.

    `make_client` returns a boto3 client of the service at `url`; files lie in `bucket`.
    """

    def __init__(self, url: str, make_client: Callable[[str], Any], bucket: str) -> None:
        self._url, self._bucket = url, bucket
        self._s3, self._sagemaker = make_client("s3"), make_client("sagemaker")

    def schedule(self) -> None:
        """Create the schedule, with the newest fit's description of its data as baseline."""
        for name, content in self._read_baseline().items():
            self._put(f"baseline/{name}", content)
        self._sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=SCHEDULE,
            MonitoringScheduleConfig={
                "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
                "MonitoringJobDefinition": self._define_job(),
            },
        )

    def _define_job(self) -> dict[str, Any]:
        folder = "/opt/ml/processing"
        place = f"s3://{self._bucket}"
        return {
            "BaselineConfig": {
                f"{name.removesuffix('.json').capitalize()}Resource": {
                    "S3Uri": f"{place}/baseline/{name}"
                }
                for name in _BASELINE
            },
            "MonitoringInputs": [
                {
                    "BatchTransformInput": {
                        "DataCapturedDestinationS3Uri": f"{place}/captured",
                        "DatasetFormat": {"Csv": {"Header": True}},
                        "LocalPath": f"{folder}/input",
                    }
                }
            ],
            "MonitoringOutputConfig": {
                "MonitoringOutputs": [
                    {"S3Output": {"S3Uri": f"{place}/drift", "LocalPath": f"{folder}/output"}}
                ]
            },
            "MonitoringResources": {
                "ClusterConfig": {
                    "InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5,
                }
            },
            "MonitoringAppSpecification": {"ImageUri": _ANALYZER},
            "RoleArn": service.ROLE,
        }  # fmt: skip

    def _read_baseline(self) -> dict[str, bytes]:
        """Return the files that the newest fit of the preprocessor left beside its model."""
        jobs = self._sagemaker.list_training_jobs(
            NameContains="FitPreprocessor", StatusEquals="Completed", SortBy="CreationTime"
        )["TrainingJobSummaries"]
        job = self._sagemaker.describe_training_job(TrainingJobName=jobs[0]["TrainingJobName"])
        bucket, _, key = (
            job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
        )
        key = f"{key.rpartition('/')[0]}/output.tar.gz"
        content = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = {name: archive.extractfile(name) for name in _BASELINE}
            return {name: file.read() for name, file in members.items() if file is not None}

    def drift(self, source: Path) -> None:
        """Put drifted rows beside the raw data, as captured ones too; go on to the next hour."""
        rows = pd.read_csv(source, dtype=str).sample(_ROWS, random_state=_SEED)
        rows[COLUMN] = (rows[COLUMN].astype(float) * _FACTOR).round(3).astype(str)
        self._put("raw/later.csv", rows.to_csv(index=False))
        manifest = json.dumps([{"prefix": f"s3://{self._bucket}/raw/"}, "later.csv"])
        self._put(f"captured/input/{self._read_time():%Y/%m/%d/%H}/later.json", manifest)
        print(f"{_ROWS} rows arrive whose {COLUMN} is {_FACTOR} times as large", flush=True)
        self._advance()

    def _advance(self) -> None:
        """Move the service's clock to the next full hour, when the schedule runs."""
        moment = self._read_time()
        hour = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        seconds = int((hour - moment).total_seconds()) + 1
        request_service(self._url, f"clock?seconds={seconds}", "example", method="POST")

    def _read_time(self) -> datetime:
        found = request_service(self._url, "clock", "example")
        return datetime.fromisoformat(found["time"]).astimezone(UTC)

    def wait_for_training(self, pipeline: str) -> None:
        """Wait for the end of the execution that the violation starts, the pipeline's second.

        Raises RuntimeError when there is none in time, or when it does not succeed.
        """
        deadline = time.monotonic() + _SECONDS
        while True:
            found = self._sagemaker.list_pipeline_executions(
                PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending"
            )["PipelineExecutionSummaries"]
            status = found[0]["PipelineExecutionStatus"] if len(found) > 1 else "Executing"
            if status == "Succeeded":
                print(f"{SCHEDULE} has started {found[0]['PipelineExecutionArn']}: {status}")
                return
            if status != "Executing" or time.monotonic() > deadline:
                raise RuntimeError(f"the pipeline was not run again because of drift: {status}")
            time.sleep(_PAUSE)

    def read_card(self, package: str) -> str:
        """Return what the model card of a package says of drifted columns, a line each."""
        described = self._sagemaker.describe_model_package(ModelPackageName=package)
        content = json.loads(described["ModelCard"]["ModelCardContent"])
        details = content["additional_information"]["custom_details"]
        return "\n".join(f"  {name}: {text}" for name, text in details.items())

    def _put(self, key: str, content: str | bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)

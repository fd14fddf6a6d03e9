"""Training jobs of tests."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test.engines.image_names import to_image_reference
from local_test.errors import JobError
from local_test.jobs.job_names import make_job_name
from local_test.pytest_plugin.service import SageMakerService

_LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_LOG_LINES = 20
_POLL_SECONDS = 0.1
_END_SECONDS = 300.0
"""How long after its longest runtime a job may still be starting, stopping and uploading."""


@dataclass(frozen=True)
class FinishedTrainingJob:
    """A job that has ended; `description` is the answer of DescribeTrainingJob."""

    name: str
    image: str
    description: Mapping[str, Any]
    log: tuple[str, ...]

    @property
    def status(self) -> str:
        """Completed, Failed or Stopped."""
        return str(self.description["TrainingJobStatus"])

    @property
    def failure(self) -> str:
        """The reason of a failure, empty without one."""
        return str(self.description.get("FailureReason", ""))

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric."""
        found = self.description.get("FinalMetricDataList", ())
        return {metric["MetricName"]: metric["Value"] for metric in found}

    @property
    def model(self) -> str:
        """The S3 URI of model.tar.gz."""
        return str(self.description["ModelArtifacts"]["S3ModelArtifacts"])

    def raise_for_status(self) -> None:
        """Raise JobError, with the end of the log, unless the job is `Completed`."""
        if self.status != "Completed":
            end = "\n".join(("", *self.log[-_LOG_LINES:]))
            raise JobError(f"training job {self.name} ended as {self.status}: {self.failure}{end}")


@dataclass(frozen=True)
class TrainingJobRunner:
    """Runs training jobs on a service."""

    service: SageMakerService

    def __call__(
        self,
        image: str,
        channels: Mapping[str, Path | str],
        hyperparameters: Mapping[str, Any] | None = None,
        *,
        content_type: str = "text/csv",
        max_runtime: int = 3600,
        check: bool = True,
        **request: Any,
    ) -> FinishedTrainingJob:
        """Run a job and return it when it has ended.

        `image` is a short name or an image URI; a channel a file, a folder, or an S3 URI;
        `max_runtime` in seconds; `request` has further members of CreateTrainingJob. Raises
        JobError, with the end of the job's log, unless it completes; with `check=False` never.
        """
        service = self.service
        name = make_job_name("test")
        reference = to_image_reference(image)
        inputs = [self._describe(*channel, content_type) for channel in channels.items()]
        algorithm = {"TrainingImage": reference, "TrainingInputMode": "File"}
        service.client("sagemaker").create_training_job(
            TrainingJobName=name,
            RoleArn=service.role,
            AlgorithmSpecification=algorithm | request.pop("AlgorithmSpecification", {}),
            HyperParameters={key: str(value) for key, value in (hyperparameters or {}).items()},
            **({"InputDataConfig": inputs} if inputs else {}),
            **{
                "OutputDataConfig": {"S3OutputPath": f"s3://{service.bucket}/models"},
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 5,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": max_runtime},
                **request,
            },
        )
        description = self._wait(name, max_runtime + _END_SECONDS)
        lines = tuple(service.read_log(_LOG_GROUP, name))
        job = FinishedTrainingJob(name, reference, description, lines)
        if check:
            job.raise_for_status()
        return job

    def _describe(self, name: str, data: Path | str, content_type: str) -> dict[str, Any]:
        uri = data if isinstance(data, str) else self.service.upload(data)
        source = {"S3DataType": "S3Prefix", "S3Uri": uri}
        return {
            "ChannelName": name,
            "ContentType": content_type,
            "DataSource": {"S3DataSource": source},
        }

    def _wait(self, name: str, seconds: float) -> dict[str, Any]:
        sagemaker, deadline = self.service.client("sagemaker"), time.monotonic() + seconds
        while True:
            found: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
            if found["TrainingJobStatus"] not in {"InProgress", "Stopping"}:
                return found
            if time.monotonic() > deadline:
                raise JobError(f"training job {name} has not ended after {seconds:g} s")
            time.sleep(_POLL_SECONDS)

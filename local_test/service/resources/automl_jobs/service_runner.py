"""Runs the jobs of a search as training and transform jobs of the service, with data in S3."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.automl.job_runner import (
    PREPROCESSOR,
    XGBOOST,
    ApplyRequest,
    FitRequest,
    FittedStage,
    Watch,
)
from local_test.errors import JobError
from local_test.jobs.artifacts import MODEL, OUTPUT
from local_test.platform.metrics import MetricDefinition
from local_test.service.api.resource_type import ACCOUNT
from local_test.service.backend import Backend
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.storage.s3 import S3Uri

_POLL_SECONDS = 0.2
_MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
_ENDED = {"Completed", "Failed", "Stopped"}


@dataclass(frozen=True)
class ProcessRequest:
    """A processing job: `inputs` by name are an address and a folder of the container.

    `output` is its name, its address and its folder; `max_seconds` is the job's longest time.
    """

    name: str
    image: str
    inputs: Mapping[str, tuple[str, str]]
    output: tuple[str, str, str]
    environment: Mapping[str, str]
    max_seconds: int


@dataclass
class ServiceRunner:
    """Runs the jobs of one AutoML job; it knows the address of each file that it made or sent."""

    backend: Backend
    region: str
    role: str
    base: S3Uri
    max_seconds: int
    arn: str
    _addresses: dict[Path, str] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)
    _reasons: dict[str, str] = field(default_factory=dict)

    def fit(self, request: FitRequest, watch: Watch, stop: threading.Event) -> None:
        """Run a training job."""
        channels = [
            {
                "ChannelName": channel.name,
                "ContentType": channel.content_type,
                "DataSource": {"S3DataSource": self._make_source(channel.path, request.name)},
            }
            for channel in request.channels
        ]
        watched = request.watched
        definitions = [{"Name": watched.name, "Regex": watched.regex.pattern}] if watched else []
        image = name_image(self.region, request.image)
        algorithm = {"TrainingImage": image, "TrainingInputMode": "File"}
        self._call(
            "create_training_job",
            TrainingJobName=request.name,
            AlgorithmSpecification=algorithm | {"MetricDefinitions": definitions},
            HyperParameters=dict(request.hyperparameters),
            InputDataConfig=channels,
            OutputDataConfig={"S3OutputPath": str(self.base)},
            ResourceConfig=_MACHINE | {"VolumeSizeInGB": 10},
            RoleArn=self.role,
            StoppingCondition={"MaxRuntimeInSeconds": self.max_seconds},
        )
        self.backend.records.update(TRAINING_JOB, self.region, request.name, AutoMLJobArn=self.arn)

        def follow() -> str:
            if watched is not None:
                self._read_values(request.name, watched, watch)
            return self._describe("training", request.name)

        self._wait("training", request.name, follow, stop)
        self._fetch_archives(request)

    def apply(self, request: ApplyRequest, stop: threading.Event) -> None:
        """Run a batch transform job, of a model that is deleted afterwards."""
        source = self._make_source(request.input, request.name)
        output = self.base.join(request.name)
        with self.keep_model(request.name, request.stages):
            self._call(
                "create_transform_job",
                TransformJobName=request.name,
                ModelName=request.name,
                MaxPayloadInMB=0,
                TransformInput={
                    "DataSource": {"S3DataSource": _leave_out_distribution(source)},
                    "ContentType": request.content_type,
                },
                TransformOutput={"S3OutputPath": str(output), "Accept": request.accept},
                TransformResources=_MACHINE,
            )
            self._wait(
                "transform", request.name, lambda: self._describe("transform", request.name), stop
            )
        name = f"{request.input.name}.out"
        request.output.mkdir(parents=True, exist_ok=True)
        target = self.backend.storage(self.region).fetch(output.join(name), request.output / name)
        self._addresses[target] = str(output.join(name))

    def process(self, request: ProcessRequest, stop: threading.Event) -> None:
        """Run a processing job. Raises JobError when it does not end as Completed."""
        inputs = [
            {
                "InputName": name,
                "S3Input": {
                    "S3Uri": address,
                    "LocalPath": folder,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for name, (address, folder) in request.inputs.items()
        ]
        name, address, folder = request.output
        target = {"S3Uri": address, "LocalPath": folder, "S3UploadMode": "EndOfJob"}
        self._call(
            "create_processing_job",
            ProcessingJobName=request.name,
            AppSpecification={"ImageUri": name_image(self.region, request.image)},
            Environment=dict(request.environment),
            ProcessingInputs=inputs,
            ProcessingOutputConfig={"Outputs": [{"OutputName": name, "S3Output": target}]},
            ProcessingResources={"ClusterConfig": _MACHINE | {"VolumeSizeInGB": 10}},
            RoleArn=self.role,
            StoppingCondition={"MaxRuntimeInSeconds": request.max_seconds},
        )
        self.backend.records.update(
            PROCESSING_JOB, self.region, request.name, AutoMLJobArn=self.arn
        )
        self._wait(
            "processing", request.name, lambda: self._describe("processing", request.name), stop
        )

    @contextmanager
    def keep_model(self, name: str, stages: Sequence[FittedStage]) -> Iterator[None]:
        """Create a model, and delete it afterwards."""
        self._call(
            "create_model",
            ModelName=name,
            ExecutionRoleArn=self.role,
            Containers=[self.make_container(stage) for stage in stages],
        )
        try:
            yield
        finally:
            self._call("delete_model", ModelName=name)

    def make_container(self, stage: FittedStage) -> dict[str, Any]:
        """Return a container definition; an archive that is not in S3 is uploaded."""
        return {
            "Image": name_image(self.region, stage.image),
            "ModelDataUrl": self.locate(stage.model, f"best/{stage.model.parent.name}"),
            "Environment": dict(stage.environment),
        }

    def locate(self, path: Path, folder: str) -> str:
        """Return the address of a file, which is uploaded below `folder` if it is not there."""
        if path not in self._addresses:
            address = self.base.join(folder, path.name)
            self.backend.storage(self.region).upload(path, address)
            self._addresses[path] = str(address)
        return self._addresses[path]

    def _make_source(self, path: Path, name: str) -> dict[str, str]:
        address = self.locate(path, f"{name}/input")
        return {
            "S3DataType": "S3Prefix",
            "S3Uri": address,
            "S3DataDistributionType": "FullyReplicated",
        }

    def _read_values(self, name: str, watched: MetricDefinition, watch: Watch) -> None:
        key = TRAINING_JOB.work_key(self.region, name)
        points = self.backend.live_metrics.get(key, {}).get(watched.name, ())
        values = [float(value) for _, value in points]
        for count in range(self._told.get(name, 0) + 1, len(values) + 1):
            watch(values[:count])
        self._told[name] = len(values)

    def _describe(self, kind: str, name: str) -> str:
        field_name = f"{kind.title()}JobName"
        record = self._call(f"describe_{kind}_job", **{field_name: name})
        self._reasons[name] = record.get("FailureReason", "")
        return str(record[f"{kind.title()}JobStatus"])

    def _wait(self, kind: str, name: str, follow: Callable[[], str], stop: threading.Event) -> None:
        """Wait for the end of a job. Raises JobError unless it is `Completed`."""
        stopped = False
        while (status := follow()) not in _ENDED:
            if stop.is_set() and not stopped:
                stopped = True
                self._stop(kind, name)
            time.sleep(_POLL_SECONDS)
        if status != "Completed":
            raise JobError(f"job {name} ended as {status}: {self._reasons[name]}")

    def _stop(self, kind: str, name: str) -> None:
        try:
            self._call(f"stop_{kind}_job", **{f"{kind.title()}JobName": name})
        except JobError:
            return  # it has ended meanwhile

    def _fetch_archives(self, request: FitRequest) -> None:
        request.output.mkdir(parents=True, exist_ok=True)
        storage = self.backend.storage(self.region)
        folder = self.base.join(request.name, "output")
        present = {path for _, path in storage.list_prefix(folder)}
        for archive in (MODEL, OUTPUT):
            if any(path.endswith(archive) for path in present):
                target = storage.fetch(folder.join(archive), request.output / archive)
                self._addresses[target] = str(folder.join(archive))

    def _call(self, operation: str, **fields: Any) -> Mapping[str, Any]:
        client = self.backend.aws.client("sagemaker", self.region)
        try:
            answer: Mapping[str, Any] = getattr(client, operation)(**fields)
        except ClientError as error:
            raise JobError(str(error.response["Error"]["Message"]).rstrip(".")) from error
        return answer


def name_image(region: str, name: str) -> str:
    """Return the image URI of one of our images."""
    return f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/tandem-{name}:latest"


def list_images(region: str) -> list[str]:
    """Return the URIs of both images that a search needs."""
    return [name_image(region, name) for name in (PREPROCESSOR, XGBOOST)]


def _leave_out_distribution(source: Mapping[str, str]) -> dict[str, str]:
    return {key: source[key] for key in ("S3DataType", "S3Uri")}

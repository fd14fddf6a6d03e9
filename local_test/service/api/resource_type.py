"""The kinds of thing a client makes: how each is named, listed and missed."""

import time
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import Fault, in_use, invalid

ACCOUNT = "123456789012"
"""The account of every key that is no key of another one; moto says the same."""


@dataclass(frozen=True)
class Resource:
    """One kind; `path` stands in its ARNs, `listed` over its lists, by age in `order`."""

    kind: str
    path: str
    listed: str
    words: str
    job: bool = False
    order: str = "Descending"

    @property
    def name(self) -> str:
        """The field with its name."""
        return f"{self.kind}Name"

    @property
    def arn(self) -> str:
        """The field with its ARN."""
        return f"{self.kind}Arn"

    @property
    def status(self) -> str:
        """The field with its status, where it has one."""
        return f"{self.kind}Status"

    def address(self, region: str, name: str) -> str:
        """Return the ARN of one of these."""
        return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{self.path}/{name.lower()}"

    def key(self, region: str, name: str) -> str:
        """Name the work of one of these among the threads."""
        return f"{self.path} {region} {name}"

    def missing(self, region: str, name: str) -> Fault:
        """Say that there is none of this name, as the service says it."""
        if self.job:
            return invalid("Requested resource not found.")
        return invalid(f'Could not find {self.words} "{self.address(region, name)}".')

    def taken(self, region: str, name: str) -> Fault:
        """Say that the name is taken, as the service says it."""
        address = self.address(region, name)
        if self.job:
            return in_use(f"There is already a {self.words} with this name ({address}).")
        return invalid(f'Cannot create already existing {self.words} "{address}".')


TRAINING_JOB = Resource(
    "TrainingJob",
    "training-job",
    "TrainingJobSummaries",
    "training job",
    job=True,
    order="Ascending",
)
TRANSFORM_JOB = Resource(
    "TransformJob", "transform-job", "TransformJobSummaries", "transform job", job=True
)
TUNING_JOB = Resource(
    "HyperParameterTuningJob",
    "hyper-parameter-tuning-job",
    "HyperParameterTuningJobSummaries",
    "hyperparameter tuning job",
    job=True,
    order="Ascending",
)
PROCESSING_JOB = Resource(
    "ProcessingJob",
    "processing-job",
    "ProcessingJobSummaries",
    "processing job",
    job=True,
    order="Ascending",
)
MODEL = Resource("Model", "model", "Models", "model")
ENDPOINT_CONFIG = Resource(
    "EndpointConfig", "endpoint-config", "EndpointConfigs", "endpoint configuration"
)
ENDPOINT = Resource("Endpoint", "endpoint", "Endpoints", "endpoint")
ASYNC_CALL = Resource(
    "AsyncInvocation", "async-invocation", "", "asynchronous invocation", job=True
)
"""One request to an asynchronous endpoint; the API has no name for it and no list."""

PIPELINE = Resource("Pipeline", "pipeline", "PipelineSummaries", "pipeline")
EXECUTION = Resource(
    "PipelineExecution",
    "execution",
    "PipelineExecutionSummaries",
    "pipeline execution",
    job=True,
)
RESOURCES: tuple[Resource, ...] = (
    TRAINING_JOB,
    TRANSFORM_JOB,
    TUNING_JOB,
    PROCESSING_JOB,
    MODEL,
    ENDPOINT_CONFIG,
    ENDPOINT,
    PIPELINE,
)
"""Every kind that is kept here; tags reach those of this list."""


def begun(resource: Resource, region: str, request: dict[str, Any], time: float) -> dict[str, Any]:
    """Begin a record with the request, the ARN and the time."""
    arn = resource.address(region, request[resource.name])
    return dict(request) | {resource.arn: arn, "CreationTime": time, "LastModifiedTime": time}


def now() -> float:
    """Return the time as the API gives it: seconds since 1970, to the millisecond."""
    return round(time.time(), 3)

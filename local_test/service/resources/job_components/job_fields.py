"""What the trial component of a job has from the job: parameters, artifacts, status, times.

Source: the components that the service itself makes; their names and texts are the service's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.resource_type import ResourceType
from local_test.service.resources.experiments.component_fields import index_status
from local_test.service.resources.processing.definitions import (
    list_inputs,
    list_outputs,
    name_source,
    name_target,
)
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.records import Record

_MEDIA_TYPE = re.compile(r"[-\w]+/[-\w+]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LONGEST_TEXT, _LONGEST_VALUE, _LONGEST_MESSAGE = 2500, 2048, 1024
_MACHINE = ("InstanceCount", "InstanceType", "VolumeSizeInGB")
_IMAGE = "SageMaker.ImageUri"

Fields = dict[str, Any]


@dataclass(frozen=True)
class JobSource:
    """A type of jobs that are trial components: the component's suffix, and its fields."""

    resource: ResourceType
    suffix: str
    read: Callable[[Record], Fields]

    @property
    def source_type(self) -> str:
        """The type of the component's source, as the service spells it."""
        return f"SageMaker{self.resource.kind}"

    def name_component(self, job: Record) -> str:
        """Return the name of the trial component of a job."""
        return f"{job[self.resource.name_field]}{self.suffix}"

    def derive(self, job: Record) -> Fields:
        """Return the fields that the component has from the job."""
        fields = self.read(job)
        return {name: value for name, value in fields.items() if value} | index_status(fields)


def make_parameter(value: object) -> dict[str, Any]:
    """Return a parameter's value: a number where a text is one, else the text, cut to 2,500."""
    text = str(value)
    if _NUMBER.fullmatch(text):
        return {"NumberValue": float(text)}
    return {"StringValue": text[:_LONGEST_TEXT]}


def make_artifact(uri: str, media_type: str | None = None) -> dict[str, str]:
    """Return an artifact; its media type is left out if it is none that the API takes."""
    match = _MEDIA_TYPE.match(media_type or "")
    return ({"MediaType": match[0]} if match else {}) | {"Value": uri[:_LONGEST_VALUE]}


def _read_training(job: Record) -> Fields:
    algorithm, machine = job["AlgorithmSpecification"], _read_machine(job["ResourceConfig"])
    image = {_IMAGE: make_parameter(algorithm["TrainingImage"])}
    model = (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts")
    return {
        "Parameters": image | machine | _make_parameters(job.get("HyperParameters")),
        "InputArtifacts": {
            channel["ChannelName"]: make_artifact(
                channel["DataSource"]["S3DataSource"]["S3Uri"], channel.get("ContentType")
            )
            for channel in job.get("InputDataConfig") or ()
        },
        "OutputArtifacts": {"SageMaker.ModelArtifact": make_artifact(model)} if model else {},
        "Status": _make_status(job, "TrainingJob", SecondaryStatus="secondary status"),
        "StartTime": job.get("TrainingStartTime"),
        "EndTime": job.get("TrainingEndTime"),
    }


def _read_processing(job: Record) -> Fields:
    cluster = job["ProcessingResources"]["ClusterConfig"]
    image = {_IMAGE: make_artifact(job["AppSpecification"]["ImageUri"])}
    return {
        "Parameters": _read_machine(cluster) | _make_parameters(job.get("Environment")),
        "InputArtifacts": image
        | {one["InputName"]: make_artifact(name_source(one)) for one in list_inputs(job)},
        "OutputArtifacts": {
            one["OutputName"]: make_artifact(name_target(one)) for one in list_outputs(job)
        },
        "Status": _make_status(job, "ProcessingJob", ExitMessage="exit message"),
        "StartTime": job.get("ProcessingStartTime"),
        "EndTime": job.get("ProcessingEndTime"),
    }


def _read_transform(job: Record) -> Fields:
    source, output = job["TransformInput"], job["TransformOutput"]
    model = {"SageMaker.ModelName": make_parameter(job["ModelName"])}
    return {
        "Parameters": _read_machine(job["TransformResources"])
        | model
        | _make_parameters(job.get("Environment")),
        "InputArtifacts": {
            "SageMaker.TransformInput": make_artifact(
                source["DataSource"]["S3DataSource"]["S3Uri"], source.get("ContentType")
            )
        },
        "OutputArtifacts": {
            "SageMaker.TransformOutput": make_artifact(output["S3OutputPath"], output.get("Accept"))
        },
        "Status": _make_status(job, "TransformJob"),
        "StartTime": job.get("TransformStartTime"),
        "EndTime": job.get("TransformEndTime"),
    }


def _read_machine(resources: Mapping[str, Any]) -> Fields:
    given = {field: resources[field] for field in _MACHINE if resources.get(field) is not None}
    return {f"SageMaker.{field}": make_parameter(value) for field, value in given.items()}


def _make_parameters(values: Mapping[str, str] | None) -> Fields:
    return {name: make_parameter(value) for name, value in (values or {}).items()}


def _make_status(job: Record, kind: str, **more: str) -> Fields:
    """Return the status; `more` are further fields that its message has, and their names there."""
    status = job[f"{kind}Status"]
    parts = [f"Status: {status}"]
    for field, label in (*more.items(), ("FailureReason", "failure reason")):
        value = job.get(field)
        parts.append(f"{label}: {'null' if value is None else value}")
    return {"PrimaryStatus": status, "Message": ", ".join(parts)[:_LONGEST_MESSAGE]}


SOURCES: Mapping[str, JobSource] = {
    source.resource.kind: source
    for source in (
        JobSource(TRAINING_JOB, "-aws-training-job", _read_training),
        JobSource(PROCESSING_JOB, "-aws-processing-job", _read_processing),
        JobSource(TRANSFORM_JOB, "-aws-transform-job", _read_transform),
    )
}
"""The types of jobs by the API's name."""

"""What a monitor runs: one form for the four types of definitions and the schedule's own.

Source: API, CreateDataQualityJobDefinition and its siblings, and MonitoringJobDefinition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.resources.monitor_definitions.resource import TYPES, DefinitionType

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class MonitoringJob:
    """A monitor's job: its program, the data that it looks at, and where its reports go.

    `kind` is the type of monitoring. `program` names the image and its scripts. `source` is an
    EndpointInput, or with `is_batch` a BatchTransformInput. `baseline` names the baseline's files
    or the job that wrote them. `output` is the S3Output of its reports.
    """

    kind: str
    program: Fields
    source: Fields
    is_batch: bool
    ground_truth: str | None
    baseline: Fields
    output: Fields
    output_key: str | None
    cluster: Fields
    network: Fields
    environment: Mapping[str, str]
    role: str
    max_runtime: int | None

    @property
    def endpoint(self) -> str | None:
        """The name of the endpoint whose captures it looks at, None for batch transform jobs."""
        return None if self.is_batch else str(self.source["EndpointName"])

    @property
    def problem_type(self) -> str | None:
        """The type of problem of a monitor of model quality, if it names one."""
        return self.program.get("ProblemType")


def read_definition(kind: DefinitionType, request: Fields) -> MonitoringJob:
    """Return the job of a definition: the fields of its request, or its record."""
    fields = kind.fields
    data, program = request[fields.input], request[fields.program]
    return _build_job(
        kind.name,
        request,
        program=program,
        data=data,
        baseline=request.get(fields.baseline, {}),
        output=request[fields.output],
        resources=request["JobResources"],
        environment=program.get("Environment", {}),
    )


def read_inline(definition: Fields) -> MonitoringJob:
    """Return the job of the MonitoringJobDefinition that a schedule has itself: data quality."""
    return _build_job(
        "DataQuality",
        definition,
        program=definition["MonitoringAppSpecification"],
        data=definition["MonitoringInputs"][0],
        baseline=definition.get("BaselineConfig", {}),
        output=definition["MonitoringOutputConfig"],
        resources=definition["MonitoringResources"],
        environment=definition.get("Environment", {}),
    )


def find_type(name: str) -> DefinitionType:
    """Return a type of monitoring by its name in the API."""
    return TYPES[name]


def _build_job(
    kind: str,
    request: Fields,
    *,
    program: Fields,
    data: Fields,
    baseline: Fields,
    output: Fields,
    resources: Fields,
    environment: Mapping[str, str],
) -> MonitoringJob:
    is_batch = "BatchTransformInput" in data
    return MonitoringJob(
        kind=kind,
        program=program,
        source=data["BatchTransformInput"] if is_batch else data.get("EndpointInput", {}),
        is_batch=is_batch,
        ground_truth=data.get("GroundTruthS3Input", {}).get("S3Uri"),
        baseline=baseline,
        output=output["MonitoringOutputs"][0]["S3Output"],
        output_key=output.get("KmsKeyId"),
        cluster=resources["ClusterConfig"],
        network=request.get("NetworkConfig", {}),
        environment=environment,
        role=request["RoleArn"],
        max_runtime=request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds"),
    )

"""The resource types of pipelines and their executions."""

from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.storage.records import Record

RUNNING_STEPS = ("Starting", "Executing", "Stopping")
"""The statuses of steps that have started and not ended."""

ALL_STEPS = (*RUNNING_STEPS, "Succeeded", "Failed", "Stopped")


def _describe_failure(record: dict[str, Any], reason: str, time: float) -> dict[str, Any]:
    """Return the changes of an execution that ended unexpectedly: its steps have ended, too."""
    failure = {"StepStatus": "Failed", "FailureReason": reason, "EndTime": time, "RetryTime": None}
    steps = [
        entry | failure if entry["StepStatus"] in RUNNING_STEPS else entry
        for entry in record["Steps"]
    ]
    return {
        "PipelineExecutionStatus": "Failed",
        "FailureReason": reason,
        "Steps": steps,
        "LastModifiedTime": time,
    }


PIPELINE = ResourceType("Pipeline", "pipeline", "PipelineSummaries", "pipeline", shown=True)
EXECUTION = ResourceType(
    "PipelineExecution",
    "execution",
    "PipelineExecutionSummaries",
    "pipeline execution",
    is_job=True,
    tagged=False,
    on_failure=_describe_failure,
)


def find_pipeline(backend: Backend, region: str, reference: str) -> Record:
    """Return a pipeline by its name or its ARN. Raises ApiError when it does not exist."""
    name = reference.rpartition("/")[2]
    try:
        return backend.records.get(PIPELINE, region, name)
    except ApiError as error:
        address = PIPELINE.make_arn(region, name)
        raise ApiError("ResourceNotFound", f"Pipeline '{address}' does not exist.") from error


def find_by_arn(backend: Backend, region: str, arn: str) -> Record:
    """Return an execution by its whole ARN. Raises ApiError when it does not exist."""
    name = arn.rpartition("/")[2]
    missing = ApiError("ResourceNotFound", f"Pipeline execution with ARN {arn} does not exist.")
    try:
        record = backend.records.get(EXECUTION, region, name)
    except ApiError as error:
        raise missing from error
    if record[EXECUTION.arn_field] != arn:  # of another pipeline
        raise missing
    return record

"""A job's status, from the exit code, the failure file and the request to stop.

Source: Developer Guide, 'How Amazon SageMaker AI Signals Algorithm Success and Failure'.
"""

from dataclasses import dataclass
from enum import StrEnum

from local_test.platform.limits import MAX_FAILURE_TEXT


class JobStatus(StrEnum):
    """The final status of a job."""

    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"


class StopCause(StrEnum):
    """The reason why a job was stopped; the value is its final secondary status."""

    REQUEST = "Stopped"
    MAX_RUNTIME = "MaxRuntimeExceeded"


@dataclass(frozen=True)
class JobOutcome:
    """Status, secondary status and failure reason, as in DescribeTrainingJob."""

    status: JobStatus
    secondary: str
    failure_reason: str = ""


def determine_outcome(
    exit_code: int, failure: str, stop: StopCause | None = None, cause: str = ""
) -> JobOutcome:
    """Return the outcome; a requested stop takes precedence over the exit code.

    `cause` is the failure reason of a container that wrote no failure file.
    """
    if stop is not None:
        return JobOutcome(JobStatus.STOPPED, stop.value)
    if exit_code == 0:
        return JobOutcome(JobStatus.COMPLETED, JobStatus.COMPLETED)
    text = failure[:MAX_FAILURE_TEXT].strip() or cause[:MAX_FAILURE_TEXT]
    return JobOutcome(
        JobStatus.FAILED, JobStatus.FAILED, f"AlgorithmError: {text}, exit code: {exit_code}"
    )

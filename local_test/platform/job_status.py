"""How an exit code, the failure text and a request to stop become a job's status.

Source: Developer Guide, 'How Amazon SageMaker AI Signals Algorithm Success and Failure'.
"""

from dataclasses import dataclass
from enum import StrEnum

from local_test.platform.limits import MAX_FAILURE_TEXT


class JobStatus(StrEnum):
    """How a job ended."""

    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"


class StopCause(StrEnum):
    """Why a job was asked to stop; the value is the secondary status it ends with."""

    REQUEST = "Stopped"
    MAX_RUNTIME = "MaxRuntimeExceeded"


@dataclass(frozen=True)
class JobOutcome:
    """A job's end in the words of DescribeTrainingJob."""

    status: JobStatus
    secondary: str
    failure_reason: str = ""


def determine_outcome(
    exit_code: int, failure: str, stop: StopCause | None = None, cause: str = ""
) -> JobOutcome:
    """Decide the status: a stop that was asked for counts before the exit code.

    `cause` stands in the reason of a container that left no failure text.
    """
    if stop is not None:
        return JobOutcome(JobStatus.STOPPED, stop.value)
    if exit_code == 0:
        return JobOutcome(JobStatus.COMPLETED, JobStatus.COMPLETED)
    text = failure[:MAX_FAILURE_TEXT].strip() or cause[:MAX_FAILURE_TEXT]
    return JobOutcome(
        JobStatus.FAILED, JobStatus.FAILED, f"AlgorithmError: {text}, exit code: {exit_code}"
    )

"""Status, secondary status and status transitions of a training job.

Source: API, DescribeTrainingJob: `SecondaryStatusTransitions`.
"""

from typing import Any

from local_test.service.storage.records import Record

_MESSAGES = {
    "Starting": "Preparing the containers for training",
    "Downloading": "Downloading input data",
    "Training": "The containers are training",
    "Interrupted": "The capacity was taken away; the job starts again",
    "Uploading": "Uploading the training artifacts",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Resource released due to max runtime exceeded",
}
_ENDS = ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")


def start_history(time: float) -> Record:
    """Return the status fields of a new job; `time` is in seconds since 1970."""
    return {
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [_transition("Starting", time)],
    }


def enter_status(record: Record, secondary: str, time: float) -> Record:
    """Return the changes of a job's record when it enters a secondary status.

    `time` is in seconds since 1970.
    """
    transitions = [dict(item) for item in record["SecondaryStatusTransitions"]]
    transitions[-1]["EndTime"] = time
    entered = _transition(secondary, time)
    if secondary in _ENDS:
        entered["EndTime"] = time
    status = record["TrainingJobStatus"]
    if secondary in {"Completed", "Failed", "Stopping", "Stopped"}:
        status = secondary
    elif secondary in _ENDS:
        status = "Stopped"
    return {
        "TrainingJobStatus": status,
        "SecondaryStatus": secondary,
        "SecondaryStatusTransitions": [*transitions, entered],
        "LastModifiedTime": time,
    }


def record_failure(record: Record, reason: str, time: float) -> Record:
    """Return the changes of a job's record when it fails; `time` is in seconds since 1970."""
    failure: dict[str, Any] = {"FailureReason": reason, "TrainingEndTime": time}
    return enter_status(record, "Failed", time) | failure


def _transition(status: str, time: float) -> Record:
    return {"Status": status, "StartTime": time, "StatusMessage": _MESSAGES[status]}

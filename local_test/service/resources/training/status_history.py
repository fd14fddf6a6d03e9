"""Where a training job stands: status, secondary status and the way there.

Source: API, DescribeTrainingJob: `SecondaryStatusTransitions`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_test.service.api.resource_type import now
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


@dataclass(frozen=True)
class Progress:
    """Moves one job's record on; `update` writes changes of it."""

    update: Callable[..., Record]

    @staticmethod
    def first(time: float) -> Record:
        """Return the fields of a job that was just asked for."""
        return {
            "TrainingJobStatus": "InProgress",
            "SecondaryStatus": "Starting",
            "SecondaryStatusTransitions": [_transition("Starting", time)],
        }

    def enter(self, record: Record, secondary: str, **changes: Any) -> Record:
        """Enter a secondary status; `record` is the job as it is now."""
        time = now()
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
        return self.update(
            TrainingJobStatus=status,
            SecondaryStatus=secondary,
            SecondaryStatusTransitions=[*transitions, entered],
            LastModifiedTime=time,
            **changes,
        )


def _transition(status: str, time: float) -> Record:
    return {"Status": status, "StartTime": time, "StatusMessage": _MESSAGES[status]}

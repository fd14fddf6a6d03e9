"""The training jobs of a tuning job that began before the service started again."""

from local_test.service.backend import Backend
from local_test.service.resources.lifecycle import RESTARTED
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record

_SAME_MOMENT = 0.001


def list_earlier_trials(backend: Backend, region: str, job: Record) -> list[Record]:
    """Return the training jobs of a tuning job in the order of their ends.

    An earlier tuning job of its name may have left some, which are older than the job.
    """
    query = RecordQuery(
        related=("TuningJobArn", job[TUNING_JOB.arn_field]),
        created=(job["CreationTime"] - _SAME_MOMENT, None),
    )
    records, _ = backend.records.find_page(TRAINING_JOB, region, query)
    return sorted(records, key=lambda record: float(record.get("TrainingEndTime") or 0))


def was_cut_off(record: Record) -> bool:
    """Return True if a training job ended because the service did, and by nothing else.

    A job that a request or its tuning job stops is in the status Stopping before it is Stopped.
    """
    if record[TRAINING_JOB.status_field] == "Failed":
        return str(record.get("FailureReason", "")).endswith(RESTARTED)
    passed = [item["Status"] for item in record["SecondaryStatusTransitions"]]
    return record["SecondaryStatus"] == "Stopped" and "Stopping" not in passed

"""A tuning job that ran when the service ended goes on when it starts again.

Training jobs that had ended count as before. Those that ran are `Failed` by then; they count as
retryable errors, and others take their places.
"""

import threading
from functools import partial

from local_test.service.api.api_errors import ApiError, failure_reason
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.tuning.job_run import TuningRun
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.records import Record


def resume_runs(backend: Backend) -> None:
    """Go on with the tuning jobs that ran when the service ended."""
    for region, record in backend.records.list_all(TUNING_JOB, statuses=("InProgress", "Stopping")):
        name = TUNING_JOB.key_of(record)
        work = partial(_resume, backend, region, record)
        start_work(backend, TUNING_JOB, region, name, work)


def _resume(backend: Backend, region: str, record: Record, stop: threading.Event) -> None:
    name = TUNING_JOB.key_of(record)
    try:
        run = TuningRun(backend, region, name, resumed=True)
    except ApiError as error:  # a record of an earlier version, which no longer is valid
        end = {"HyperParameterTuningEndTime": now(), **_count_none_running(record)}
        changes = TUNING_JOB.describe_failure(record, failure_reason(error), now()) | end
        backend.records.update(TUNING_JOB, region, name, **changes)
        return
    run.run(stop)


def _count_none_running(record: Record) -> Record:
    changes: Record = {}
    for field, running, error in (
        ("TrainingJobStatusCounters", "InProgress", "RetryableError"),
        ("ObjectiveStatusCounters", "Pending", "Failed"),
    ):
        if counts := record.get(field):
            changes[field] = {**counts, running: 0, error: counts[error] + counts[running]}
    return changes

"""The beginning of a training job, whether a client asks for it or a tuning job does."""

from typing import Any

from local_test.service.api.resource_type import now, start_record
from local_test.service.backend import Backend
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.training.job_request import check_request
from local_test.service.resources.training.job_run import TrainingRun
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.status_history import enter_status, start_history
from local_test.service.storage.s3_input import list_objects

_DEFAULTS = {
    "EnableNetworkIsolation": False,
    "EnableManagedSpotTraining": False,
    "EnableInterContainerTrafficEncryption": False,
}

# The service tells it always, and the SageMaker SDK looks for it when it attaches to a job.
_NO_KEY = {"KmsKeyId": ""}


def check_submission(backend: Backend, region: str, request: dict[str, Any]) -> None:
    """Refuse what cannot train (Fault or UserError)."""
    check_request(request)
    for channel in request.get("InputDataConfig", ()):
        list_objects(backend.storage(region), channel["DataSource"]["S3DataSource"])


def submit(backend: Backend, region: str, request: dict[str, Any], **more: Any) -> str:
    """Make the record of a job, start its work and give its ARN; a taken name is a Fault."""
    name, time = request[TRAINING_JOB.name_field], now()
    record = start_record(TRAINING_JOB, region, request, time) | start_history(time) | more
    record["OutputDataConfig"] = _NO_KEY | record["OutputDataConfig"]
    backend.records.add(TRAINING_JOB, region, name, _DEFAULTS | record)
    work = TrainingRun(backend, region, name)
    start_work(backend, TRAINING_JOB, region, name, work.run)
    return str(record[TRAINING_JOB.arn_field])


def stop_job(backend: Backend, region: str, name: str) -> str:
    """Stop a job that is in progress, leave another one alone; return the status it had."""
    with backend.records.lock():
        record = backend.records.get(TRAINING_JOB, region, name)
        status = str(record[TRAINING_JOB.status_field])
        if status != "InProgress":
            return status
        changes = enter_status(record, "Stopping", now())
        backend.records.update(TRAINING_JOB, region, name, **changes)
    backend.threads.stop(TRAINING_JOB.work_key(region, name))
    return status

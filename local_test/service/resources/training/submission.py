"""Submit a training job, for a client or for a tuning job."""

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

# The service always returns it, and the SageMaker SDK reads it when it attaches to a job.
_NO_KEY = {"KmsKeyId": ""}


def check_submission(backend: Backend, region: str, request: dict[str, Any]) -> None:
    """Check a request and its input data. Raises ApiError or UserError when the job cannot run."""
    check_request(request)
    backend.check_image(request["AlgorithmSpecification"]["TrainingImage"], "training")
    for channel in request.get("InputDataConfig", ()):
        list_objects(backend.storage(region), channel["DataSource"]["S3DataSource"])


def submit(backend: Backend, region: str, request: dict[str, Any], **more: Any) -> str:
    """Create the record of a job and start its work; return its ARN.

    `more` are further fields of the record. Raises ApiError when the name is taken.
    """
    name, time = request[TRAINING_JOB.name_field], now()
    record = start_record(TRAINING_JOB, region, request, time) | start_history(time) | more
    record["OutputDataConfig"] = _NO_KEY | record["OutputDataConfig"]
    backend.records.add(TRAINING_JOB, region, name, _DEFAULTS | record)
    work = TrainingRun(backend, region, name)
    start_work(backend, TRAINING_JOB, region, name, work.run)
    return str(record[TRAINING_JOB.arn_field])


def stop_job(backend: Backend, region: str, name: str) -> str:
    """Stop a job if it is in progress; return the status it had."""
    with backend.records.lock():
        record = backend.records.get(TRAINING_JOB, region, name)
        status = str(record[TRAINING_JOB.status_field])
        if status != "InProgress":
            return status
        changes = enter_status(record, "Stopping", now())
        backend.records.update(TRAINING_JOB, region, name, **changes)
    backend.threads.stop(TRAINING_JOB.work_key(region, name))
    return status

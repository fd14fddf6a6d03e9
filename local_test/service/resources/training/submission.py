"""The beginning of a training job, whether a client asks for it or a tuning job does."""

from typing import Any

from local_test.service.api.resource_type import TRAINING_JOB, begun, now
from local_test.service.backend import Backend
from local_test.service.resources.lifecycle import launch
from local_test.service.resources.training.job_request import check
from local_test.service.resources.training.job_run import Training
from local_test.service.resources.training.status_history import Progress
from local_test.service.storage.s3_input import objects

_DEFAULTS = {
    "EnableNetworkIsolation": False,
    "EnableManagedSpotTraining": False,
    "EnableInterContainerTrafficEncryption": False,
}
_NO_KEY = {"KmsKeyId": ""}

# The service tells it always, and the SageMaker SDK looks for it when it attaches to a job.
_NO_KEY = {"KmsKeyId": ""}


def examine(backend: Backend, region: str, request: dict[str, Any]) -> None:
    """Refuse what cannot train (Fault or UserError)."""
    check(request)
    for channel in request.get("InputDataConfig", ()):
        objects(backend.storage(region), channel["DataSource"]["S3DataSource"])


def begin(backend: Backend, region: str, request: dict[str, Any], **more: Any) -> str:
    """Make the record of a job, start its work and give its ARN; a taken name is a Fault."""
    name, time = request[TRAINING_JOB.name], now()
    record = begun(TRAINING_JOB, region, request, time) | Progress.first(time) | more
    record["OutputDataConfig"] = _NO_KEY | record["OutputDataConfig"]
    backend.records.add(TRAINING_JOB, region, name, _DEFAULTS | record)
    work = Training(backend, region, name)
    launch(backend, TRAINING_JOB, region, name, work.run)
    return str(record[TRAINING_JOB.arn])


def halt(backend: Backend, region: str, name: str) -> None:
    """Ask a job that is in progress to stop; one that is not is left alone."""
    with backend.records.lock():
        record = backend.records.get(TRAINING_JOB, region, name)
        if record[TRAINING_JOB.status] != "InProgress":
            return

        def update(**changes: Any) -> dict[str, Any]:
            return backend.records.update(TRAINING_JOB, region, name, **changes)

        Progress(update).enter(record, "Stopping")
    backend.threads.stop(TRAINING_JOB.key(region, name))

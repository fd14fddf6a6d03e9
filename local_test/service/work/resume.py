"""After a restart: jobs that were under way have failed, endpoints serve again."""

from functools import partial

from local_test.service.backend import Backend
from local_test.service.resources import ENDPOINT, RESOURCES, TRAINING_JOB, Resource, now
from local_test.service.work.endpoint import EndpointWork
from local_test.service.work.progress import Progress

_REASON = "InternalServerError: the local service ended while the job ran"
_RUNNING = {"InProgress", "Stopping"}


def resume(backend: Backend) -> None:
    """Set right what the records say, and start the endpoints that served."""
    for resource in RESOURCES:
        if resource.job:
            _fail(backend, resource)
    for region, record in backend.records.every(ENDPOINT):
        name, status = record[ENDPOINT.name], record[ENDPOINT.status]
        if status == "Deleting":
            backend.records.remove(ENDPOINT, region, name)
        elif status != "Failed":
            backend.records.update(ENDPOINT, region, name, **{ENDPOINT.status: "Creating"})
            work = EndpointWork(backend, region, name, record["EndpointConfigName"])
            backend.threads.start(f"endpoint {region} {name}", work.deploy)


def _fail(backend: Backend, resource: Resource) -> None:
    for region, record in backend.records.every(resource):
        if record[resource.status] not in _RUNNING:
            continue
        update = partial(backend.records.update, resource, region, record[resource.name])
        if resource is TRAINING_JOB:
            Progress(update).enter(record, "Failed", FailureReason=_REASON, TrainingEndTime=now())
        else:
            update(**{resource.status: "Failed"}, FailureReason=_REASON, LastModifiedTime=now())

"""After a restart: jobs that were under way have failed, endpoints serve again."""

from local_test.service.api.resource_type import ENDPOINT, EXECUTION, RESOURCES, Resource
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.rollout import EndpointWork
from local_test.service.resources.lifecycle import fail, launch

_REASON = "the local service ended while the job ran"
_RUNNING = {"InProgress", "Executing", "Stopping"}


def resume(backend: Backend) -> None:
    """Set right what the records say, and start the endpoints that served."""
    for resource in (*RESOURCES, EXECUTION):
        if resource.job:
            _fail(backend, resource)
    for region, record in backend.records.every(ENDPOINT):
        name, status = record[ENDPOINT.name], record[ENDPOINT.status]
        if status == "Deleting":
            backend.records.remove(ENDPOINT, region, name)
        elif status != "Failed":
            backend.records.update(ENDPOINT, region, name, **{ENDPOINT.status: "Creating"})
            work = EndpointWork(backend, region, name, record["EndpointConfigName"])
            launch(backend, ENDPOINT, region, name, work.deploy)


def _fail(backend: Backend, resource: Resource) -> None:
    for region, record in backend.records.every(resource):
        if record[resource.status] in _RUNNING:
            fail(backend, resource, region, record[resource.name], _REASON)

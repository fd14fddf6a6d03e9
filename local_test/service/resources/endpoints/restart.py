"""After a restart of the service, endpoints serve again."""

from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.endpoints.rollout import EndpointWork
from local_test.service.resources.lifecycle import launch


def redeploy(backend: Backend) -> None:
    """Start the endpoints that served, and forget those that were being deleted."""
    for region, record in backend.records.every(ENDPOINT):
        name, status = record[ENDPOINT.name], record[ENDPOINT.status]
        if status == "Deleting":
            backend.records.remove(ENDPOINT, region, name)
        elif status != "Failed":
            backend.records.update(ENDPOINT, region, name, **{ENDPOINT.status: "Creating"})
            work = EndpointWork(backend, region, name, record["EndpointConfigName"])
            launch(backend, ENDPOINT, region, name, work.deploy)

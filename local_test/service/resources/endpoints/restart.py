"""After a restart of the service, endpoints are deployed again."""

from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.blueprint import find_blueprint
from local_test.service.resources.endpoints.instance_count import read_states
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.endpoints.rollout import EndpointRollout
from local_test.service.resources.lifecycle import start_work
from local_test.service.storage.records import Record


def redeploy(backend: Backend) -> None:
    """Deploy the endpoints that were in service, and remove those that were being deleted.

    Their variants have the weights and instance counts that they had. A deployment that the end of
    the service interrupted is not started again, and the endpoint's FailureReason says so.
    """
    for region, record in backend.records.list_all(ENDPOINT):
        name, status = record[ENDPOINT.name_field], record[ENDPOINT.status_field]
        if status == "Deleting":
            backend.records.remove(ENDPOINT, region, name)
        elif status != "Failed":
            changes = {ENDPOINT.status_field: "Creating", "PendingDeploymentSummary": None}
            backend.records.update(ENDPOINT, region, name, **changes)
            states = read_states(record)
            work = EndpointRollout(
                backend,
                region,
                name,
                record["EndpointConfigName"],
                states,
                record.get("ConfigChanges", {}),
                blueprint=find_blueprint(record),
                lost=_describe_lost(record),
            )
            start_work(backend, ENDPOINT, region, name, work.deploy)


def _describe_lost(record: Record) -> str | None:
    summary = record.get("PendingDeploymentSummary")
    if summary is None:
        return None
    lost = summary["EndpointConfigName"]
    return f"the local service ended during the deployment of {lost}. Update the endpoint again."

"""CreateEndpoint, UpdateEndpoint, DeleteEndpoint, what describes them, and variants' weights."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import Call
from local_test.service.api.resource_type import begun, now
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.endpoints.resource import ASYNC_CALL, ENDPOINT
from local_test.service.resources.endpoints.restart import redeploy
from local_test.service.resources.endpoints.rollout import EndpointWork
from local_test.service.resources.endpoints.runtime import INVOCATIONS
from local_test.service.resources.generic_operations import Answer, describe, list_all
from local_test.service.resources.lifecycle import launch
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record

_BUSY = {"Creating", "Updating", "Deleting"}


def _create(backend: Backend, call: Call) -> Answer:
    name, config = call.request[ENDPOINT.name], call.request[ENDPOINT_CONFIG.name]
    backend.records.get(ENDPOINT_CONFIG, call.region, config)
    record = begun(ENDPOINT, call.region, call.request, now()) | {ENDPOINT.status: "Creating"}
    backend.records.add(ENDPOINT, call.region, name, record)
    _start(backend, call.region, name, config)
    return {ENDPOINT.arn: record[ENDPOINT.arn]}


def _update(backend: Backend, call: Call) -> Answer:
    name, config = call.request[ENDPOINT.name], call.request[ENDPOINT_CONFIG.name]
    with backend.records.lock():
        record = _settled(backend, call)
        backend.records.get(ENDPOINT_CONFIG, call.region, config)
        changes = {ENDPOINT.status: "Updating", "LastModifiedTime": now()}
        backend.records.update(ENDPOINT, call.region, name, **changes)
    _start(backend, call.region, name, config)
    return {ENDPOINT.arn: record[ENDPOINT.arn]}


def _reweigh(backend: Backend, call: Call) -> Answer:
    name = call.request[ENDPOINT.name]
    with backend.records.lock():
        record = _settled(backend, call)
        wanted = {item["VariantName"]: item for item in call.request["DesiredWeightsAndCapacities"]}
        variants = [dict(item) for item in record.get("ProductionVariants", ())]
        unknown = wanted.keys() - {item["VariantName"] for item in variants}
        if unknown:
            raise invalid(f"Endpoint {name} has no variant {', '.join(sorted(unknown))}.")
        for item in variants:
            told = wanted.get(item["VariantName"], {})
            for ours, theirs in (("Weight", "Weight"), ("InstanceCount", "InstanceCount")):
                if f"Desired{theirs}" in told:
                    item[f"Current{ours}"] = item[f"Desired{ours}"] = told[f"Desired{theirs}"]
        changes = {"ProductionVariants": variants, "LastModifiedTime": now()}
        backend.records.update(ENDPOINT, call.region, name, **changes)
    weights = {item["VariantName"]: item["CurrentWeight"] for item in variants}
    backend.hosting.reweigh(call.region, name, weights)
    return {ENDPOINT.arn: record[ENDPOINT.arn]}


def _delete(backend: Backend, call: Call) -> Answer:
    name = call.request[ENDPOINT.name]
    with backend.records.lock():
        _settled(backend, call)
        backend.records.update(ENDPOINT, call.region, name, **{ENDPOINT.status: "Deleting"})
    work = EndpointWork(backend, call.region, name)
    launch(backend, ENDPOINT, call.region, name, work.delete)
    return {}


def _settled(backend: Backend, call: Call) -> Record:
    record = backend.records.get(ENDPOINT, call.region, call.request[ENDPOINT.name])
    if record[ENDPOINT.status] in _BUSY:
        raise invalid(f'Cannot update in-progress endpoint "{record[ENDPOINT.arn]}".')
    return record


def _start(backend: Backend, region: str, name: str, config: str) -> None:
    work = EndpointWork(backend, region, name, config)
    launch(backend, ENDPOINT, region, name, work.deploy)


REGISTRATION = Registration(
    operations={
        "CreateEndpoint": _create,
        "UpdateEndpoint": _update,
        "UpdateEndpointWeightsAndCapacities": _reweigh,
        "DescribeEndpoint": describe(ENDPOINT),
        "ListEndpoints": list_all(ENDPOINT),
        "DeleteEndpoint": _delete,
    },
    types=(ENDPOINT, ASYNC_CALL),
    restart=redeploy,
    routes=(INVOCATIONS,),
)

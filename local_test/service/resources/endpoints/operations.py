"""The operations on endpoints: create, update, delete, describe, list, set variant weights."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.backend import Backend
from local_test.service.events.state_changes import StateChangeEvents, to_upper_snake
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG, PRODUCTION
from local_test.service.resources.endpoints.capacity import change_capacity
from local_test.service.resources.endpoints.guardrails.policy import check_deployment_config
from local_test.service.resources.endpoints.page import ENDPOINT_PAGE
from local_test.service.resources.endpoints.resource import (
    ASYNC_INVOCATION,
    ENDPOINT,
    check_idle,
    check_updatable,
    list_components,
)
from local_test.service.resources.endpoints.restart import redeploy
from local_test.service.resources.endpoints.rollout import EndpointRollout
from local_test.service.resources.endpoints.runtime import INSTANCES, INVOCATIONS
from local_test.service.resources.endpoints.update_plan import find_deployment_config, plan_update
from local_test.service.resources.generic_operations import Output, describe, list_all
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record


def _create(backend: Backend, call: ApiCall) -> Output:
    name, config = call.request[ENDPOINT.name_field], call.request[ENDPOINT_CONFIG.name_field]
    check_deployment_config(backend, call.region, call.request.get("DeploymentConfig"))
    backend.records.get(ENDPOINT_CONFIG, call.region, config)
    record = start_record(ENDPOINT, call.region, call.request, now()) | {
        ENDPOINT.status_field: "Creating",
        "LastDeploymentConfig": call.request.get("DeploymentConfig"),
    }
    backend.records.add(ENDPOINT, call.region, name, record)
    _start(backend, call.region, name, config)
    return {ENDPOINT.arn_field: record[ENDPOINT.arn_field]}


def _update(backend: Backend, call: ApiCall) -> Output:
    name, config = call.request[ENDPOINT.name_field], call.request[ENDPOINT_CONFIG.name_field]
    check_deployment_config(backend, call.region, find_deployment_config(backend, call))
    with backend.records.lock():
        record = backend.records.get(ENDPOINT, call.region, name)
        check_updatable(record)
        _check_hosts(backend, call.region, name, config)
        rollout = plan_update(backend, call, record)
        changes = {ENDPOINT.status_field: "Updating", "LastModifiedTime": now()}
        backend.records.update(ENDPOINT, call.region, name, **changes)
    start_work(backend, ENDPOINT, call.region, name, rollout.deploy)
    return {ENDPOINT.arn_field: record[ENDPOINT.arn_field]}


def _check_hosts(backend: Backend, region: str, name: str, config: str) -> None:
    """Raise ApiError when there is no such configuration, or it has no room for components."""
    listed = backend.records.get(ENDPOINT_CONFIG, region, config)[PRODUCTION]
    hosts = {item["VariantName"] for item in listed if "ModelName" not in item}
    used = {item["VariantName"] for item in list_components(backend.records, region, name)}
    if used - hosts:
        raise invalid(
            f"Endpoint {name} has inference components on variant {', '.join(sorted(used - hosts))}"
            f". Delete them, or keep the variant without a model in {config}."
        )


def _set_weights(backend: Backend, call: ApiCall) -> Output:
    listed = call.request["DesiredWeightsAndCapacities"]
    desired = {item["VariantName"]: item for item in listed}
    record = change_capacity(backend, call.region, call.request[ENDPOINT.name_field], desired)
    return {ENDPOINT.arn_field: record[ENDPOINT.arn_field]}


def _delete(backend: Backend, call: ApiCall) -> Output:
    name = call.request[ENDPOINT.name_field]
    with backend.records.lock():
        _get_idle(backend, call)
        if list_components(backend.records, call.region, name):
            raise invalid(
                f"Endpoint {name} has inference components. Delete them with "
                "DeleteInferenceComponent before the endpoint."
            )
        backend.records.update(ENDPOINT, call.region, name, **{ENDPOINT.status_field: "Deleting"})
    work = EndpointRollout(backend, call.region, name)
    start_work(backend, ENDPOINT, call.region, name, work.delete)
    return {}


def _get_idle(backend: Backend, call: ApiCall) -> Record:
    record = backend.records.get(ENDPOINT, call.region, call.request[ENDPOINT.name_field])
    check_idle(record)
    return record


def _start(backend: Backend, region: str, name: str, config: str) -> None:
    work = EndpointRollout(backend, region, name, config)
    start_work(backend, ENDPOINT, region, name, work.deploy)


REGISTRATION = Registration(
    operations={
        "CreateEndpoint": _create,
        "UpdateEndpoint": _update,
        "UpdateEndpointWeightsAndCapacities": _set_weights,
        "DescribeEndpoint": describe(ENDPOINT),
        "ListEndpoints": list_all(ENDPOINT),
        "DeleteEndpoint": _delete,
    },
    types=(ENDPOINT, ASYNC_INVOCATION),
    pages=(ENDPOINT_PAGE,),
    restart=redeploy,
    routes=(INVOCATIONS, INSTANCES),
    events=(
        StateChangeEvents(
            ENDPOINT,
            "SageMaker Endpoint State Change",
            "DescribeEndpoint",
            ("EndpointStatus",),
            form_status=to_upper_snake,
        ),
    ),
)

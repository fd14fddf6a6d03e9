"""The operations on MLflow tracking servers."""

from typing import Any

from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output, describe
from local_test.service.resources.mlflow.changes import (
    find_address,
    make_conflict,
    remove_server,
    require_settled,
    update_server,
)
from local_test.service.resources.mlflow.installation import (
    find_installation,
    find_successor,
    find_version,
)
from local_test.service.resources.mlflow.listing import check_artifacts, list_servers
from local_test.service.resources.mlflow.resource import TRACKING_SERVER, ServerKey
from local_test.service.resources.mlflow.serving import change_status, start_server


def _create(backend: Backend, call: ApiCall) -> Output:
    wanted = call.request.get("MlflowVersion")
    installation = find_version(wanted) if wanted else find_installation()
    key = _find_key(call)
    check_artifacts(backend, call)
    record: dict[str, Any] = {
        "TrackingServerSize": "Small",
        "AutomaticModelRegistration": False,
        **start_record(TRACKING_SERVER, call.region, call.request, now()),
        "TrackingServerArn": key.arn,
        "MlflowVersion": installation.version,
        "TrackingServerStatus": "Creating",
        "IsActive": "Inactive",
        "TrackingServerUrl": backend.url,
    }
    backend.records.add(TRACKING_SERVER, call.region, key.name, record)
    start_server(backend, key, installation)
    return {"TrackingServerArn": key.arn}


def _update(backend: Backend, call: ApiCall) -> Output:
    key = _find_key(call)
    update_server(backend, key, call, **call.request)
    return {"TrackingServerArn": key.arn}


def _start(backend: Backend, call: ApiCall) -> Output:
    key = _find_key(call)
    known = backend.records.get(TRACKING_SERVER, key.region, key.name)
    installation = find_successor(known["MlflowVersion"])
    with backend.records.lock():
        record = require_settled(backend, key, "started")
        if record["IsActive"] == "Active":
            raise make_conflict(key, record, "started")
        change_status(backend, key, "Starting", MlflowVersion=installation.version)
    start_server(backend, key, installation)
    return {"TrackingServerArn": key.arn}


def _stop(backend: Backend, call: ApiCall) -> Output:
    key = _find_key(call)
    with backend.records.lock():
        record = require_settled(backend, key, "stopped")
        if record["IsActive"] != "Active":
            raise make_conflict(key, record, "stopped")
        change_status(backend, key, "Stopping", IsActive="Inactive")
    backend.threads.stop(key.work_key)
    return {"TrackingServerArn": key.arn}


def _delete(backend: Backend, call: ApiCall) -> Output:
    key = _find_key(call)
    remove_server(backend, key)
    return {"TrackingServerArn": key.arn}


def _list(backend: Backend, call: ApiCall) -> Output:
    page, token = list_servers(backend, call, TRACKING_SERVER, "TrackingServerStatus")
    return {
        "TrackingServerSummaries": [select_fields(record, call.entry_shape) for record in page],
        **token,
    }


def _create_url(backend: Backend, call: ApiCall) -> Output:
    return {"AuthorizedUrl": find_address(backend, _find_key(call))}


def _find_key(call: ApiCall) -> ServerKey:
    return ServerKey(TRACKING_SERVER, call.region, call.request["TrackingServerName"])


OPERATIONS: Operations = {
    "CreateMlflowTrackingServer": _create,
    "DescribeMlflowTrackingServer": describe(TRACKING_SERVER),
    "UpdateMlflowTrackingServer": _update,
    "StartMlflowTrackingServer": _start,
    "StopMlflowTrackingServer": _stop,
    "DeleteMlflowTrackingServer": _delete,
    "ListMlflowTrackingServers": _list,
    "CreatePresignedMlflowTrackingServerUrl": _create_url,
}

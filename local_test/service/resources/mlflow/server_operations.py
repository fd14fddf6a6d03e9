"""The operations on MLflow tracking servers."""

import logging
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output, describe
from local_test.service.resources.mlflow.installation import find_installation
from local_test.service.resources.mlflow.listing import check_artifacts, list_servers
from local_test.service.resources.mlflow.resource import TRACKING_SERVER, ServerKey
from local_test.service.resources.mlflow.serving import change_status, delete_server, start_server

_log = logging.getLogger(__name__)
_SETTLED = {
    *("Created", "Started", "Updated", "Stopped"),
    *("CreateFailed", "StartFailed", "UpdateFailed", "StopFailed", "DeleteFailed"),
}


def _create(backend: Backend, call: ApiCall) -> Output:
    installation = find_installation()
    key = _find_key(call)
    check_artifacts(backend, call)
    if (wanted := call.request.get("MlflowVersion", installation.version)) != installation.version:
        _log.warning("%s: MLflow %s stands in for %s", key.arn, installation.version, wanted)
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
    with backend.records.lock():
        record = _require_settled(backend, key, "updated")
        if "ArtifactStoreUri" in call.request:
            check_artifacts(backend, call)
        changes = dict(call.request)
        active = record["IsActive"] == "Active"
        moved = changes.get("ArtifactStoreUri", record["ArtifactStoreUri"])
        again = active and moved != record["ArtifactStoreUri"]
        status = "Updating" if again else ("Updated" if active else record["TrackingServerStatus"])
        change_status(backend, key, status, **changes)
    if again:
        backend.threads.interrupt(key.work_key)
    return {"TrackingServerArn": key.arn}


def _start(backend: Backend, call: ApiCall) -> Output:
    key, installation = _find_key(call), find_installation()
    with backend.records.lock():
        record = _require_settled(backend, key, "started")
        if record["IsActive"] == "Active":
            raise _conflict(key, record, "started")
        change_status(backend, key, "Starting", MlflowVersion=installation.version)
    start_server(backend, key, installation)
    return {"TrackingServerArn": key.arn}


def _stop(backend: Backend, call: ApiCall) -> Output:
    key = _find_key(call)
    with backend.records.lock():
        record = _require_settled(backend, key, "stopped")
        if record["IsActive"] != "Active":
            raise _conflict(key, record, "stopped")
        change_status(backend, key, "Stopping", IsActive="Inactive")
    backend.threads.stop(key.work_key)
    return {"TrackingServerArn": key.arn}


def _delete(backend: Backend, call: ApiCall) -> Output:
    key = _find_key(call)
    with backend.records.lock():
        record = _require_settled(backend, key, "deleted")
        change_status(backend, key, "Deleting", IsActive="Inactive")
    if record["IsActive"] == "Active":
        backend.threads.stop(key.work_key)
    else:
        delete_server(backend, key)
    return {"TrackingServerArn": key.arn}


def _list(backend: Backend, call: ApiCall) -> Output:
    page, token = list_servers(backend, call, TRACKING_SERVER, "TrackingServerStatus")
    return {
        "TrackingServerSummaries": [select_fields(record, call.entry_shape) for record in page],
        **token,
    }


def _create_url(backend: Backend, call: ApiCall) -> Output:
    key = _find_key(call)
    record = backend.records.get(TRACKING_SERVER, call.region, key.name)
    if record["IsActive"] != "Active":
        raise _conflict(key, record, "opened")
    return {"AuthorizedUrl": f"http://127.0.0.1:{record['Port']}/"}


def _find_key(call: ApiCall) -> ServerKey:
    return ServerKey(TRACKING_SERVER, call.region, call.request["TrackingServerName"])


def _require_settled(backend: Backend, key: ServerKey, what: str) -> dict[str, Any]:
    record = backend.records.get(key.resource, key.region, key.name)
    if record["TrackingServerStatus"] not in _SETTLED:
        raise _conflict(key, record, what)
    return record


def _conflict(key: ServerKey, record: dict[str, Any], what: str) -> ApiError:
    status = record["TrackingServerStatus"]
    return ApiError("ConflictException", f"{key.arn} cannot be {what}: its status is {status}.")


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

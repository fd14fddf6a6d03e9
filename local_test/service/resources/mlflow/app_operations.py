"""The operations on MLflow apps: servers that are addressed by ARN and cannot be stopped."""

import secrets
import string
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.mlflow.forwarding import find_server
from local_test.service.resources.mlflow.installation import find_installation
from local_test.service.resources.mlflow.listing import check_artifacts, list_servers
from local_test.service.resources.mlflow.resource import APP, ServerKey
from local_test.service.resources.mlflow.serving import change_status, delete_server, start_server
from local_test.service.storage.records import Record

_ALPHABET = string.ascii_uppercase + string.digits
_ID_LENGTH = 12
_BUSY = {"Creating", "Updating", "Deleting"}


def _create(backend: Backend, call: ApiCall) -> Output:
    installation, request = find_installation(), call.request
    check_artifacts(backend, call)
    names = {record["Name"] for record in backend.records.iterate(APP, call.region)}
    if request["Name"] in names:
        raise ApiError("ConflictException", f"there is an MLflow app named {request['Name']}.")
    name = "app-" + "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
    key, time = ServerKey(APP, call.region, name), now()
    record: dict[str, Any] = {
        "ModelRegistrationMode": "AutoModelRegistrationEnabled",
        "AccountDefaultStatus": "DISABLED",
        **request,
        "MlflowAppName": name,
        "MlflowAppArn": key.arn,
        "MlflowAppStatus": "Creating",
        "MlflowVersion": installation.version,
        "CreationTime": time,
        "LastModifiedTime": time,
        "IsActive": "Inactive",
    }
    backend.records.add(APP, call.region, name, record)
    start_server(backend, key, installation)
    return {"Arn": key.arn}


def _describe(backend: Backend, call: ApiCall) -> Output:
    return select_fields(_rename(_find(backend, call)[1]), call.output_shape)


def _update(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        key, record = _find_settled(backend, call, "updated")
        if "ArtifactStoreUri" in call.request:
            check_artifacts(backend, call)
        changes = {name: value for name, value in call.request.items() if name != "Arn"}
        moved = changes.get("ArtifactStoreUri", record["ArtifactStoreUri"])
        again = record["IsActive"] == "Active" and moved != record["ArtifactStoreUri"]
        change_status(backend, key, "Updating" if again else "Updated", **changes)
    if again:
        backend.threads.interrupt(key.work_key)
    return {"Arn": key.arn}


def _delete(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        key, record = _find_settled(backend, call, "deleted")
        change_status(backend, key, "Deleting", IsActive="Inactive")
    if record["IsActive"] == "Active":
        backend.threads.stop(key.work_key)
    else:
        delete_server(backend, key)
    return {"Arn": key.arn}


def _list(backend: Backend, call: ApiCall) -> Output:
    page, token = list_servers(backend, call, APP, "Status")
    summaries = [select_fields(_rename(record), call.entry_shape) for record in page]
    return {"Summaries": summaries, **token}


def _create_url(backend: Backend, call: ApiCall) -> Output:
    key, record = _find(backend, call)
    if record["IsActive"] != "Active":
        raise _conflict(key, record, "opened")
    return {"AuthorizedUrl": f"http://127.0.0.1:{record['Port']}/"}


def _find(backend: Backend, call: ApiCall) -> tuple[ServerKey, Record]:
    key = find_server(backend, call.request["Arn"])
    if key.resource is not APP or key.region != call.region:
        raise invalid(f"no ARN of an MLflow app of {call.region}: {call.request['Arn']}.")
    return key, backend.records.get(APP, key.region, key.name)


def _find_settled(backend: Backend, call: ApiCall, what: str) -> tuple[ServerKey, Record]:
    key, record = _find(backend, call)
    if record["MlflowAppStatus"] in _BUSY:
        raise _conflict(key, record, what)
    return key, record


def _rename(record: Record) -> Record:
    return record | {"Arn": record["MlflowAppArn"], "Status": record["MlflowAppStatus"]}


def _conflict(key: ServerKey, record: Record, what: str) -> ApiError:
    status = record["MlflowAppStatus"]
    return ApiError("ConflictException", f"{key.arn} cannot be {what}: its status is {status}.")


OPERATIONS: Operations = {
    "CreateMlflowApp": _create,
    "DescribeMlflowApp": _describe,
    "UpdateMlflowApp": _update,
    "DeleteMlflowApp": _delete,
    "ListMlflowApps": _list,
    "CreatePresignedMlflowAppUrl": _create_url,
}

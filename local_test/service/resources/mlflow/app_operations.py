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
from local_test.service.resources.mlflow.changes import (
    find_address,
    remove_server,
    update_server,
)
from local_test.service.resources.mlflow.forwarding import find_server
from local_test.service.resources.mlflow.installation import find_installation
from local_test.service.resources.mlflow.listing import check_artifacts, list_servers
from local_test.service.resources.mlflow.resource import APP, ServerKey
from local_test.service.resources.mlflow.serving import start_server
from local_test.service.storage.records import Record

_ALPHABET = string.ascii_uppercase + string.digits
_ID_LENGTH = 12


def _create(backend: Backend, call: ApiCall) -> Output:
    installation, request = find_installation(), call.request
    check_artifacts(backend, call)
    _check_name(backend, call, "")
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
    key, _ = _find(backend, call)
    _check_name(backend, call, key.name)
    changes = {name: value for name, value in call.request.items() if name != "Arn"}
    update_server(backend, key, call, **changes)
    return {"Arn": key.arn}


def _delete(backend: Backend, call: ApiCall) -> Output:
    key, _ = _find(backend, call)
    remove_server(backend, key)
    return {"Arn": key.arn}


def _list(backend: Backend, call: ApiCall) -> Output:
    page, token = list_servers(backend, call, APP, "Status")
    summaries = [select_fields(_rename(record), call.entry_shape) for record in page]
    return {"Summaries": summaries, **token}


def _create_url(backend: Backend, call: ApiCall) -> Output:
    return {"AuthorizedUrl": find_address(backend, _find(backend, call)[0])}


def _find(backend: Backend, call: ApiCall) -> tuple[ServerKey, Record]:
    key, record = find_server(backend, call.request["Arn"])
    if key.resource is not APP or key.region != call.region:
        raise invalid(f"no ARN of an MLflow app of {call.region}: {call.request['Arn']}.")
    return key, record


def _check_name(backend: Backend, call: ApiCall, own: str) -> None:
    """Raise ApiError when an app other than that of the id `own` has the requested name."""
    name = call.request.get("Name")
    others = backend.records.iterate(APP, call.region)
    if any(one["Name"] == name and one["MlflowAppName"] != own for one in others):
        raise ApiError("ConflictException", f"there is an MLflow app named {name}.")


def _rename(record: Record) -> Record:
    return record | {"Arn": record["MlflowAppArn"], "Status": record["MlflowAppStatus"]}


OPERATIONS: Operations = {
    "CreateMlflowApp": _create,
    "DescribeMlflowApp": _describe,
    "UpdateMlflowApp": _update,
    "DeleteMlflowApp": _delete,
    "ListMlflowApps": _list,
    "CreatePresignedMlflowAppUrl": _create_url,
}

"""What the operations on tracking servers and on apps share: updates, deletions, addresses."""

from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.mlflow.listing import check_artifacts
from local_test.service.resources.mlflow.resource import ServerKey
from local_test.service.resources.mlflow.serving import change_status, delete_server
from local_test.service.storage.records import Record

_BUSY = {"Creating", "Starting", "Updating", "Stopping", "Deleting"}


def update_server(backend: Backend, key: ServerKey, call: ApiCall, **changes: Any) -> None:
    """Change a server; it starts again when its artifacts get another place.

    One that does not run keeps its status. Raises ApiError while it changes already.
    """
    with backend.records.lock():
        record = require_settled(backend, key, "updated")
        if "ArtifactStoreUri" in changes:
            check_artifacts(backend, call)
        active = record["IsActive"] == "Active"
        moved = changes.get("ArtifactStoreUri", record["ArtifactStoreUri"])
        again = active and moved != record["ArtifactStoreUri"]
        status = record[key.resource.status_field]
        if active:
            status = "Updating" if again else "Updated"
        change_status(backend, key, status, **changes)
    if again:
        backend.threads.interrupt(key.work_key)


def remove_server(backend: Backend, key: ServerKey) -> None:
    """Delete a server, as soon as its process has ended. Raises ApiError while it changes."""
    with backend.records.lock():
        record = require_settled(backend, key, "deleted")
        change_status(backend, key, "Deleting", IsActive="Inactive")
    if record["IsActive"] == "Active":
        backend.threads.stop(key.work_key)
    else:
        delete_server(backend, key)


def find_address(backend: Backend, key: ServerKey) -> str:
    """Return the address of a server's pages. Raises ApiError when it does not run."""
    record = backend.records.get(key.resource, key.region, key.name)
    if record["IsActive"] != "Active":
        raise make_conflict(key, record, "opened")
    return f"http://127.0.0.1:{record['Port']}/"


def require_settled(backend: Backend, key: ServerKey, what: str) -> Record:
    """Return the record of a server. Raises ApiError when its status is about to change."""
    record = backend.records.get(key.resource, key.region, key.name)
    if record[key.resource.status_field] in _BUSY:
        raise make_conflict(key, record, what)
    return record


def make_conflict(key: ServerKey, record: Record, what: str) -> ApiError:
    """Return the error for what a server's status does not allow."""
    status = record[key.resource.status_field]
    return ApiError("ConflictException", f"{key.arn} cannot be {what}: its status is {status}.")

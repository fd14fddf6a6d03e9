"""The work of one server: it runs its process until the server is stopped or deleted."""

import logging
import shutil
import threading
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.mlflow.installation import Installation, find_successor
from local_test.service.resources.mlflow.resource import RUNNING, TYPES, ServerKey
from local_test.service.resources.mlflow.server_process import (
    ServerFailedError,
    ServerProcess,
    ServerSettings,
)
from local_test.service.storage.records import Record

_log = logging.getLogger(__name__)
_REACHED = {
    "Creating": "Created",
    "Starting": "Started",
    "Updating": "Updated",
}
_FAILED = {"Creating": "CreateFailed", "Starting": "StartFailed", "Updating": "UpdateFailed"}


def start_server(backend: Backend, key: ServerKey, installation: Installation) -> None:
    """Start a server's process in a thread; its record says what becomes of it."""

    def fail(error: Exception) -> None:
        if not isinstance(error, ServerFailedError):
            _log.error("%s ended unforeseen", key.arn, exc_info=error)
        _log.warning("%s: %s", key.arn, error)
        record = backend.records.get(key.resource, key.region, key.name)
        status = record[key.resource.status_field]
        change_status(
            backend,
            key,
            _FAILED.get(status, "StopFailed"),
            IsActive="Inactive",
            FailureReason=str(error),
        )

    backend.threads.start(key.work_key, lambda stop: _serve(backend, key, installation, stop), fail)


def restart_servers(backend: Backend) -> None:
    """Start the servers that ran when the service ended, and delete those it was deleting."""
    for resource in TYPES.values():
        for region, record in backend.records.list_all(resource):
            key = ServerKey(resource, region, resource.key_of(record))
            status = record[resource.status_field]
            if status == "Deleting":
                delete_server(backend, key)
            elif status == "Stopping":
                change_status(backend, key, "Stopped", IsActive="Inactive")
            elif status in RUNNING:
                _restart(backend, key, record)


def _restart(backend: Backend, key: ServerKey, record: Record) -> None:
    """Start a server again; without its version of MLflow it is inactive, and keeps its data."""
    status = str(record[key.resource.status_field])
    try:
        installation = find_successor(record["MlflowVersion"])
    except (ApiError, UserError) as error:
        _log.warning("%s is not started: %s", key.arn, error)
        changes = {"IsActive": "Inactive", "FailureReason": str(error)}
        change_status(backend, key, _FAILED.get(status, status), **changes)
        return
    change_status(backend, key, status, MlflowVersion=installation.version)
    start_server(backend, key, installation)


def change_status(backend: Backend, key: ServerKey, status: str, **changes: Any) -> None:
    """Write a server's status."""
    changes |= {key.resource.status_field: status, "LastModifiedTime": now()}
    backend.records.update(key.resource, key.region, key.name, **changes)


def delete_server(backend: Backend, key: ServerKey) -> None:
    """Remove a server's record and data; its artifacts stay in S3."""
    shutil.rmtree(_find_folder(backend, key), ignore_errors=True)
    backend.records.remove(key.resource, key.region, key.name)


def _find_folder(backend: Backend, key: ServerKey) -> Path:
    return backend.folder / "mlflow" / key.region / key.resource.path / key.name


def _serve(
    backend: Backend, key: ServerKey, installation: Installation, stop: threading.Event
) -> None:
    """Run the process; again when an update interrupts it.

    Raises ServerFailedError when it does not start or ends by itself.
    """
    while True:
        record = backend.records.get(key.resource, key.region, key.name)
        settings = ServerSettings(
            installation.python,
            installation.version,
            _find_folder(backend, key),
            record["ArtifactStoreUri"],
            backend.url,
            key.region,
        )
        with ServerProcess(settings) as process:
            process.wait_until_healthy(stop)
            if not stop.is_set():
                _mark_healthy(backend, key, process.port)
            process.wait(stop)
        if not backend.threads.resume_interrupted(key.work_key):
            break
    record = backend.records.get(key.resource, key.region, key.name)
    match record[key.resource.status_field]:
        case "Deleting":
            delete_server(backend, key)
        case "Stopping":
            change_status(backend, key, "Stopped", IsActive="Inactive")


def _mark_healthy(backend: Backend, key: ServerKey, port: int) -> None:
    """Write the port, and the status that a start or an update leads to; others stay."""
    with backend.records.lock():
        record = backend.records.get(key.resource, key.region, key.name)
        status = str(record[key.resource.status_field])
        reached = _REACHED.get(status, status)
        change_status(backend, key, reached, IsActive="Active", Port=port, FailureReason="")

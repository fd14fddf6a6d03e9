"""Operations that change an execution: stop it, retry it, describe it anew."""

import threading
from typing import Any

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.pipelines.executions.execution import PipelineExecution
from local_test.service.resources.pipelines.resource import EXECUTION, find_by_arn
from local_test.service.storage.records import Record

_RETRIED = {"Failed", "Stopped"}
_CHANGED = (
    "PipelineExecutionDescription",
    "PipelineExecutionDisplayName",
    "ParallelismConfiguration",
)


def find_execution(backend: Backend, call: ApiCall) -> Record:
    """Return the execution of a request, which has its ARN. Raises ApiError if it is missing."""
    arn = call.request.get(EXECUTION.arn_field)
    if arn is None:
        raise invalid(f"{EXECUTION.arn_field} is missing: {call.operation}. Give the ARN.")
    return find_by_arn(backend, call.region, arn)


def start_execution(backend: Backend, region: str, name: str) -> None:
    """Run an execution in a thread: all steps that its record does not have as ended."""

    def run(stop: threading.Event) -> None:  # a record that cannot be read fails there, too
        PipelineExecution(backend, region, name).run(stop)

    start_work(backend, EXECUTION, region, name, run)


def resume_executions(backend: Backend) -> None:
    """Go on with the executions that ran when the service ended."""
    for region, record in backend.records.list_all(EXECUTION, statuses=("Executing", "Stopping")):
        start_execution(backend, region, EXECUTION.key_of(record))


def _stop(backend: Backend, call: ApiCall) -> Output:
    token = call.request["ClientRequestToken"]
    with backend.records.lock():
        record = find_execution(backend, call)
        if record.get("StopToken") == token:
            return {EXECUTION.arn_field: record[EXECUTION.arn_field]}
        if record[EXECUTION.status_field] != "Executing":
            raise invalid(f"The pipeline execution is in status {record[EXECUTION.status_field]}.")
        _update(backend, call, record, StopToken=token, **{EXECUTION.status_field: "Stopping"})
    backend.threads.stop(EXECUTION.work_key(call.region, EXECUTION.key_of(record)))
    return {EXECUTION.arn_field: record[EXECUTION.arn_field]}


def _retry(backend: Backend, call: ApiCall) -> Output:
    """Run the steps again that have failed or were stopped, and all that need them.

    Source: API, RetryPipelineExecution; steps that have succeeded keep their results.
    """
    token = call.request["ClientRequestToken"]
    with backend.records.lock():
        record = find_execution(backend, call)
        if record.get("RetryToken") == token:
            return {EXECUTION.arn_field: record[EXECUTION.arn_field]}
        status = record[EXECUTION.status_field]
        if status not in _RETRIED:
            raise ApiError(
                "ConflictException",
                f"The pipeline execution is in status {status}: {record[EXECUTION.arn_field]}. "
                f"Retry one that has failed or was stopped.",
            )
        kept = [entry for entry in record["Steps"] if entry["StepStatus"] == "Succeeded"]
        changes = {"Steps": kept, "FailureReason": None, "RetryToken": token}
        if "ParallelismConfiguration" in call.request:
            changes["ParallelismConfiguration"] = call.request["ParallelismConfiguration"]
        _update(backend, call, record, **changes, **{EXECUTION.status_field: "Executing"})
        start_execution(backend, call.region, EXECUTION.key_of(record))
    return {EXECUTION.arn_field: record[EXECUTION.arn_field]}


def _update_execution(backend: Backend, call: ApiCall) -> Output:
    with backend.records.lock():
        record = find_execution(backend, call)
        changes = {field: call.request[field] for field in _CHANGED if field in call.request}
        _update(backend, call, record, **changes)
    return {EXECUTION.arn_field: record[EXECUTION.arn_field]}


def _update(backend: Backend, call: ApiCall, record: Record, **changes: Any) -> None:
    name = EXECUTION.key_of(record)
    backend.records.update(EXECUTION, call.region, name, LastModifiedTime=now(), **changes)


OPERATIONS: Operations = {
    "StopPipelineExecution": _stop,
    "RetryPipelineExecution": _retry,
    "UpdatePipelineExecution": _update_execution,
}

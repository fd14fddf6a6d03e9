"""Start executions, and start those again that had not begun when the service ended."""

from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.lifecycle import fail_record, start_work
from local_test.service.resources.monitoring_executions.execution_run import ExecutionRun
from local_test.service.resources.monitoring_executions.resource import (
    MONITORING_EXECUTION,
    UNFINISHED,
    name_execution,
)

_RESTARTED = "the local service ended while the execution ran"


def submit_execution(backend: Backend, region: str, fields: dict[str, Any]) -> None:
    """Keep a new execution and start its work.

    Raises ApiError when the schedule has one of that time already.
    """
    moment = now()
    record = fields | {
        "CreationTime": moment,
        "LastModifiedTime": moment,
        MONITORING_EXECUTION.status_field: "Pending",
    }
    name = name_execution(record)
    backend.records.add(MONITORING_EXECUTION, region, name, record)
    _start(backend, region, name)


def restart_executions(backend: Backend) -> None:
    """Start pending executions, which have no job yet, and fail those whose job was running."""
    for region, record in backend.records.list_all(MONITORING_EXECUTION, statuses=UNFINISHED):
        name = name_execution(record)
        if record[MONITORING_EXECUTION.status_field] == "Pending":
            _start(backend, region, name)
        else:
            fail_record(backend, MONITORING_EXECUTION, region, name, _RESTARTED)


def _start(backend: Backend, region: str, name: str) -> None:
    run = ExecutionRun(backend, region, name).run
    start_work(backend, MONITORING_EXECUTION, region, name, run)

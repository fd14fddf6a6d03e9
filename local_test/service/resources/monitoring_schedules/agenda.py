"""Start executions when they are due.

An execution is kept before the time of the next one: after a crash between the two, the one that is
there already stays the only one of its time.
"""

import logging
from collections.abc import Iterator
from functools import partial

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.events.event import format_time
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_executions.execution_run import read_job
from local_test.service.resources.monitoring_executions.resource import (
    CONFIG,
    MONITORING_EXECUTION,
    WINDOW,
    name_execution,
)
from local_test.service.resources.monitoring_executions.submission import submit_execution
from local_test.service.resources.monitoring_schedules.timing import NEXT, find_window, parse_timing
from local_test.service.schedules.timetable import Firing
from local_test.service.storage.records import Record

_PATIENCE_SECONDS = 3600.0
_log = logging.getLogger(__name__)


def list_firings(backend: Backend) -> Iterator[Firing]:
    """Return the next execution of each schedule; one of the last hour is made up for."""
    for region, record in backend.records.list_all(MONITORING_SCHEDULE, statuses=("Scheduled",)):
        if record.get(NEXT) is not None:
            yield Firing(
                record[MONITORING_SCHEDULE.arn_field],
                record[NEXT],
                partial(_fire, backend, region, record),
                _PATIENCE_SECONDS,
            )


def _fire(backend: Backend, region: str, record: Record, late: bool) -> bool:
    """Start the execution unless it is late, and set the time of the next one.

    Return True if it was started.
    """
    due, name = record[NEXT], record["MonitoringScheduleName"]
    timing = parse_timing(record[CONFIG])
    with backend.records.lock():
        if backend.records.get(MONITORING_SCHEDULE, region, name) != record:
            return False  # changed meanwhile
        started = not late and _start(backend, region, record, due)
        following = timing.find_next(now() if late else due)
        backend.records.update(MONITORING_SCHEDULE, region, name, **{NEXT: following})
    if late:
        _log.warning("skipped: monitoring schedule %s was due at %s", name, format_time(due))
    return started


def _start(backend: Backend, region: str, record: Record, due: float) -> bool:
    fields = {
        "MonitoringScheduleName": record["MonitoringScheduleName"],
        "MonitoringScheduleArn": record["MonitoringScheduleArn"],
        "ScheduledTime": due,
        CONFIG: record[CONFIG],
        "MonitoringType": record["MonitoringType"],
        "EndpointName": record.get("EndpointName"),
        "MonitoringJobDefinitionName": record.get("MonitoringJobDefinitionName"),
    }
    if _exists(backend, region, name_execution(fields)):
        return False
    try:
        job = read_job(backend, region, record[CONFIG])
    except ApiError as error:
        _log.warning("monitoring schedule %s: %s", record["MonitoringScheduleName"], error)
        return False
    window = list(find_window(record[CONFIG], job, due))
    submit_execution(backend, region, fields | {WINDOW: window})
    return True


def _exists(backend: Backend, region: str, name: str) -> bool:
    try:
        backend.records.get(MONITORING_EXECUTION, region, name)
    except ApiError:
        return False
    return True

"""The alert of a schedule: it goes off when enough of the last executions had violations.

Source: Developer Guide, "View and edit alerts" (evaluation, also of fewer executions than the
period), API, ListMonitoringAlerts. No public source names the alerts that a schedule has and how
they start: one, named after the type of monitoring, which one violation sets off, is a choice of
this service, as is that an execution without a verdict (Failed, Stopped) does not count.
"""

from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_executions.resource import (
    MONITORING_EXECUTION,
    WITH_VIOLATIONS,
)
from local_test.service.storage.record_changes import RecordChange
from local_test.service.storage.records import Record

ALERT = "Alert"
HISTORY = "AlertHistory"
_SETTLED = ("Completed", WITH_VIOLATIONS)


def start_alert(schedule: Record) -> dict[str, Any]:
    """Return the fields of a new schedule with its alert, which is OK: one violation is enough."""
    moment = now()
    alert = {
        "MonitoringAlertName": f"{schedule['MonitoringType']}Alert",
        "CreationTime": moment,
        "LastModifiedTime": moment,
        "AlertStatus": "OK",
        "DatapointsToAlert": 1,
        "EvaluationPeriod": 1,
        "Actions": {"ModelDashboardIndicator": {"Enabled": True}},
    }
    return {ALERT: alert, HISTORY: []}


def follow_execution(backend: Backend, change: RecordChange) -> None:
    """Evaluate the alert of a schedule when one of its executions has ended."""
    field = MONITORING_EXECUTION.status_field
    before, after = change.before or {}, change.after or {}
    if change.resource != MONITORING_EXECUTION or after.get(field) not in _SETTLED:
        return
    if before.get(field) != after[field]:
        name = after["MonitoringScheduleName"]
        for _, schedule in backend.records.list_all(MONITORING_SCHEDULE, change.region):
            if schedule["MonitoringScheduleName"] == name:
                evaluate_alert(backend, change.region, schedule)


def evaluate_alert(backend: Backend, region: str, schedule: Record, **changes: Any) -> None:
    """Save changes of an alert, and its status with the schedule's last executions."""
    alert = schedule[ALERT] | changes
    verdicts = [
        one[MONITORING_EXECUTION.status_field]
        for one in sorted(_list_settled(backend, region, schedule), key=_read_time)
    ][-alert["EvaluationPeriod"] :]
    violated = verdicts.count(WITH_VIOLATIONS) >= alert["DatapointsToAlert"]
    status = "InAlert" if violated else "OK"
    history = schedule[HISTORY]
    if status != alert["AlertStatus"]:
        history = [*history, {"CreationTime": now(), "AlertStatus": status}]
    fields = {ALERT: alert | {"AlertStatus": status}, HISTORY: history}
    backend.records.update(
        MONITORING_SCHEDULE, region, schedule["MonitoringScheduleName"], **fields
    )


def _list_settled(backend: Backend, region: str, schedule: Record) -> list[Record]:
    return [
        record
        for _, record in backend.records.list_all(MONITORING_EXECUTION, region, _SETTLED)
        if record["MonitoringScheduleName"] == schedule["MonitoringScheduleName"]
        and record["CreationTime"] >= schedule["CreationTime"]
    ]


def _read_time(record: Record) -> float:
    return float(record["ScheduledTime"])

"""The resource type of executions, and what identifies one: its schedule and its time."""

from typing import Any

from local_test.service.resources.monitor_definitions.resource import MonitorResource

WINDOW = "Window"
"""The field of a record with the first and the last time of its data, in seconds since 1970."""

CONFIG = "MonitoringScheduleConfig"
UNFINISHED = ("Pending", "InProgress", "Stopping")
WITH_VIOLATIONS = "CompletedWithViolations"


def name_execution(record: dict[str, Any]) -> str:
    """Return the name of an execution: a schedule has one at a time."""
    return f"{record['MonitoringScheduleName']}/{round(1000 * record['ScheduledTime'])}"


MONITORING_EXECUTION = MonitorResource(
    "MonitoringExecution",
    "monitoring-execution",
    "MonitoringExecutionSummaries",
    "monitoring execution",
    tagged=False,
    find_key=name_execution,
)

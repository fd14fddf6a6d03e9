"""The page of a monitoring schedule: executions, violations, and distributions of features."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_executions.baseline import find_baseline
from local_test.service.resources.monitoring_executions.execution_run import read_job
from local_test.service.resources.monitoring_executions.resource import (
    CONFIG,
    MONITORING_EXECUTION,
)
from local_test.service.resources.monitoring_schedules import distributions
from local_test.service.resources.monitoring_schedules.alert import ALERT
from local_test.service.resources.page import Page
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Uri, parse_uri

_MAX_EXECUTIONS = 48
_MAX_FILES = 20


def _fill(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    executions = [
        _describe_execution(backend, region, one)
        for one in _list_executions(backend, region, record)
    ]
    last = next((one for one in executions if one["statistics"]), None)
    baseline = _read_baseline(backend, region, record)
    current = None if last is None else last["statistics"]
    return {
        "region": region,
        "config": _describe_config(record),
        "alert": record[ALERT],
        "executions": executions,
        "most": max((len(one["violations"]) for one in executions), default=0),
        "pictures": distributions.draw_features(baseline, current),
        "has_baseline": baseline is not None,
        "last": last,
        "chart_width": distributions.WIDTH,
        "chart_height": distributions.HEIGHT,
    }


def _describe_config(record: Record) -> list[tuple[str, str]]:
    config = record[CONFIG]
    schedule = config.get("ScheduleConfig", {})
    rows = [
        ("type", record["MonitoringType"]),
        ("endpoint", record.get("EndpointName")),
        ("job definition", record.get("MonitoringJobDefinitionName")),
        ("schedule", schedule.get("ScheduleExpression", "once a day")),
    ]
    return [(name, str(value)) for name, value in rows if value]


def _list_executions(backend: Backend, region: str, record: Record) -> list[Record]:
    """Return the last executions of a schedule, the newest first."""
    found = [
        one
        for _, one in backend.records.list_all(MONITORING_EXECUTION, region)
        if one["MonitoringScheduleName"] == record["MonitoringScheduleName"]
        and one["CreationTime"] >= record["CreationTime"]
    ]
    found.sort(key=lambda one: float(one["ScheduledTime"]), reverse=True)
    return found[:_MAX_EXECUTIONS]


def _describe_execution(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    job, root = _find_job(backend, region, record)
    report = _read_json(backend, region, root, "constraint_violations.json") or {}
    captures = [
        definition["S3Input"]["S3Uri"]
        for definition in job.get("ProcessingInputs", ())
        if definition["InputName"].startswith(("endpoint_input", "batch_transform_input"))
    ]
    return {
        "time": record["ScheduledTime"],
        "status": record["MonitoringExecutionStatus"],
        "reason": record.get("FailureReason") or "",
        "job": job.get(PROCESSING_JOB.name_field),
        "statistics": _read_json(backend, region, root, "statistics.json"),
        "violations": report.get("violations", []),
        "captures": [link for uri in captures for link in _list_links(backend, region, uri)],
    }


def _find_job(backend: Backend, region: str, record: Record) -> tuple[Record, S3Uri | None]:
    """Return an execution's last job and the place of its reports, if there are any."""
    name = str(record.get("ProcessingJobArn") or "").rpartition("/")[2]
    try:
        job = backend.records.get(PROCESSING_JOB, region, name)
    except ApiError:
        return {}, None
    output = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]
    return job, parse_uri(output["S3Uri"])


def _list_links(backend: Backend, region: str, uri: str) -> list[tuple[str, str]]:
    """Return the path in the console and the name of the first objects below an address."""
    try:
        found = backend.storage(region).list_prefix(parse_uri(uri))
    except LocalError:
        return []
    return [(f"{region}/{one.bucket}/{one.key}", path) for one, path in found[:_MAX_FILES]]


def _read_baseline(backend: Backend, region: str, record: Record) -> Mapping[str, Any] | None:
    try:
        files = find_baseline(backend, region, read_job(backend, region, record[CONFIG]))
    except (ApiError, LocalError):
        return None
    uri = files.get("StatisticsResource")
    return None if uri is None else _read_file(backend, region, parse_uri(uri))


def _read_json(
    backend: Backend, region: str, root: S3Uri | None, name: str
) -> Mapping[str, Any] | None:
    return None if root is None else _read_file(backend, region, root.join(name))


def _read_file(backend: Backend, region: str, uri: S3Uri) -> Mapping[str, Any] | None:
    """Return the object of JSON at an address, None where there is none."""
    try:
        content = json.loads(backend.storage(region).read(uri))
    except (LocalError, ValueError):
        return None
    return content if isinstance(content, dict) else None


SCHEDULE_PAGE = Page(
    MONITORING_SCHEDULE, Path(__file__).with_name("monitoring_schedule.html.jinja"), _fill
)

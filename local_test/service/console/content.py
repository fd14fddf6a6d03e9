"""The content of the console's overview, from records."""

from datetime import UTC, datetime
from typing import Any

from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.resources import registry
from local_test.service.storage.records import Record


def list_tables(backend: Backend, path: str | None = None) -> list[dict[str, Any]]:
    """Return one table per resource type, with its rows newest first.

    With a `path`, singular or plural, only the table of its type: [] if there is none.
    """
    return [
        {
            "title": f"{resource.label[0].upper()}{resource.label[1:]}s",
            "path": resource.path,
            "has_page": registry.find_page(resource.path) is not None,
            "rows": _list_rows(backend, resource),
        }
        for resource in backend.types
        if resource.shown and path in {None, resource.path, f"{resource.path}s"}
    ]


def _list_rows(backend: Backend, resource: ResourceType) -> list[dict[str, Any]]:
    records = backend.records.list_all(resource)
    records.sort(key=lambda entry: entry[1]["CreationTime"], reverse=True)
    return [
        {
            "name": record[resource.name_field],
            "key": resource.key_of(record),
            "region": region,
            "status": record.get(resource.status_field, ""),
            "made": format_time(record["CreationTime"]),
            "note": record.get("FailureReason") or _summarize_result(record),
        }
        for region, record in records
    ]


def _summarize_result(record: Record) -> str:
    if "ExitMessage" in record:
        return str(record["ExitMessage"] or "")
    metrics = record.get("FinalMetricDataList", ())
    return ", ".join(f"{item['MetricName']} {item['Value']:.6g}" for item in metrics)


def format_time(seconds: float) -> str:
    """Format a time (seconds since 1970) in UTC, as `2026-11-29 12:00:00`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"

"""The content of the console's pages, from records, logs and running jobs."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.secret_names import mask_words
from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.console.metric_charts import Curve, draw_curves
from local_test.service.resources.endpoints.async_invocation import list_invocations
from local_test.service.resources.endpoints.resource import ASYNC_INVOCATION, ENDPOINT
from local_test.service.resources.processing.job_run import list_inputs, list_outputs
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.records import Record

SHOWN = (TRAINING_JOB, TUNING_JOB, TRANSFORM_JOB, PROCESSING_JOB, ENDPOINT)
_MAX_LINES = 200
_MAX_ASYNC_REQUESTS = 20


def list_tables(backend: Backend) -> list[dict[str, Any]]:
    """Return one table per resource type, with its rows newest first."""
    return [
        {
            "title": f"{resource.label[0].upper()}{resource.label[1:]}s",
            "path": resource.path,
            "rows": _list_rows(backend, resource),
        }
        for resource in SHOWN
    ]


def _list_rows(backend: Backend, resource: ResourceType) -> list[dict[str, Any]]:
    records = backend.records.list_all(resource)
    records.sort(key=lambda entry: entry[1]["CreationTime"], reverse=True)
    return [
        {
            "name": record[resource.name_field],
            "region": region,
            "status": record[resource.status_field],
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


def draw_metrics(backend: Backend, region: str, record: Record) -> list[Curve]:
    """Return a training job's metric curves, also while it runs."""
    metrics = backend.live_metrics.get(
        TRAINING_JOB.work_key(region, record[TRAINING_JOB.name_field])
    )
    return draw_curves(dict(metrics) if metrics is not None else record.get("MetricSeries", {}))


def read_log(backend: Backend, region: str, group: str, name: str) -> list[str]:
    """Return the last log lines of a job's containers."""
    client = backend.aws.client("logs", region)
    lines: list[str] = []
    try:
        streams = client.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")
    except ClientError:  # nothing was written yet
        return lines
    for stream in streams["logStreams"]:
        events = client.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=_MAX_LINES
        )
        lines += [event["message"] for event in events["events"]]
    return lines[-_MAX_LINES:]


def list_variants(record: Record) -> list[dict[str, Any]]:
    """Return an endpoint's variants, each with the images of its containers in their order."""
    return [
        {
            "name": variant["VariantName"],
            "weight": variant["CurrentWeight"],
            "images": [
                item["SpecifiedImage"].rpartition("/")[2] for item in variant["DeployedImages"]
            ],
        }
        for variant in record.get("ProductionVariants", ())
    ]


def list_recent_requests(backend: Backend, region: str, endpoint: str) -> list[dict[str, Any]]:
    """Return an endpoint's most recent requests, newest first."""
    return [
        {
            "made": format_time(visit.time),
            "id": visit.id,
            "sent": f"{visit.content_type}, {visit.size:,} bytes".removeprefix(", "),
            "status": visit.status,
            "error": visit.error,
            "milliseconds": f"{visit.milliseconds:.1f} ms",
        }
        for visit in backend.recent_requests.list_newest(region, endpoint)
    ]


def list_async_requests(backend: Backend, region: str, endpoint: str) -> list[dict[str, Any]]:
    """Return an asynchronous endpoint's most recent requests and their results, newest first."""
    return [
        {
            "made": format_time(record["CreationTime"]),
            "status": record[ASYNC_INVOCATION.status_field],
            "source": record["Request"]["InputLocation"],
            "result": record.get("FailureReason") or record["OutputLocation"],
        }
        for record in reversed(list_invocations(backend, region, endpoint)[-_MAX_ASYNC_REQUESTS:])
    ]


def describe_processing(record: Record) -> list[tuple[str, str]]:
    """Return the request of a processing job as pairs of name and value."""
    program = record["AppSpecification"]
    words = [*program.get("ContainerEntrypoint", ()), *program.get("ContainerArguments", ())]
    inputs = [
        (f"input {definition['InputName']}", definition["S3Input"]["S3Uri"])
        for definition in list_inputs(record)
    ]
    outputs = [
        (f"output {definition['OutputName']}", definition["S3Output"]["S3Uri"])
        for definition in list_outputs(record)
    ]
    return [
        ("image", program["ImageUri"]),
        ("command", " ".join(mask_words(words))),
        *inputs,
        *outputs,
    ]

"""What the console's pages show, taken from records, logs and running jobs."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.secret_names import mask_words
from local_test.service.api.resource_type import Resource
from local_test.service.backend import Backend
from local_test.service.console.metric_charts import Curve, curves
from local_test.service.resources.endpoints.async_invocation import calls_of
from local_test.service.resources.endpoints.resource import ASYNC_CALL, ENDPOINT
from local_test.service.resources.processing.job_run import inputs, outputs
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.records import Record

SHOWN = (TRAINING_JOB, TUNING_JOB, TRANSFORM_JOB, PROCESSING_JOB, ENDPOINT)
_LINES = 200
_CALLS = 20


def overview(backend: Backend) -> list[dict[str, Any]]:
    """Return a table for each kind: its rows, newest first."""
    return [
        {
            "title": f"{resource.words[0].upper()}{resource.words[1:]}s",
            "path": resource.path,
            "rows": _rows(backend, resource),
        }
        for resource in SHOWN
    ]


def _rows(backend: Backend, resource: Resource) -> list[dict[str, Any]]:
    records = backend.records.every(resource)
    records.sort(key=lambda found: found[1]["CreationTime"], reverse=True)
    return [
        {
            "name": record[resource.name],
            "region": region,
            "status": record[resource.status],
            "made": clock(record["CreationTime"]),
            "note": record.get("FailureReason") or _result(record),
        }
        for region, record in records
    ]


def _result(record: Record) -> str:
    if "ExitMessage" in record:
        return str(record["ExitMessage"] or "")
    told = record.get("FinalMetricDataList", ())
    return ", ".join(f"{item['MetricName']} {item['Value']:.6g}" for item in told)


def clock(seconds: float) -> str:
    """Return a time as a person reads it, UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def series(backend: Backend, region: str, record: Record) -> list[Curve]:
    """Return a training job's curves, while it runs and afterwards."""
    metrics = backend.live_metrics.get(TRAINING_JOB.key(region, record[TRAINING_JOB.name]))
    return curves(dict(metrics) if metrics is not None else record.get("MetricSeries", {}))


def log(backend: Backend, region: str, group: str, name: str) -> list[str]:
    """Return the last lines of a job's hosts."""
    client = backend.aws.client("logs", region)
    lines: list[str] = []
    try:
        told = client.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")
    except ClientError:  # nothing was written yet
        return lines
    for stream in told["logStreams"]:
        events = client.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=_LINES
        )
        lines += [event["message"] for event in events["events"]]
    return lines[-_LINES:]


def variants(record: Record) -> list[dict[str, Any]]:
    """Return an endpoint's variants, each with the images of its containers in their order."""
    return [
        {
            "name": told["VariantName"],
            "weight": told["CurrentWeight"],
            "images": [
                item["SpecifiedImage"].rpartition("/")[2] for item in told["DeployedImages"]
            ],
        }
        for told in record.get("ProductionVariants", ())
    ]


def visits(backend: Backend, region: str, endpoint: str) -> list[dict[str, Any]]:
    """Return an endpoint's last requests, newest first, as long as the service remembers them."""
    return [
        {
            "made": clock(visit.time),
            "id": visit.id,
            "sent": f"{visit.content_type}, {visit.size:,} bytes".removeprefix(", "),
            "status": visit.status,
            "error": visit.error,
            "milliseconds": f"{visit.milliseconds:.1f} ms",
        }
        for visit in backend.visits.last(region, endpoint)
    ]


def async_calls(backend: Backend, region: str, endpoint: str) -> list[dict[str, Any]]:
    """Return an asynchronous endpoint's last requests, newest first, and what became of each."""
    return [
        {
            "made": clock(record["CreationTime"]),
            "status": record[ASYNC_CALL.status],
            "source": record["Request"]["InputLocation"],
            "result": record.get("FailureReason") or record["OutputLocation"],
        }
        for record in reversed(calls_of(backend, region, endpoint)[-_CALLS:])
    ]


def processing(record: Record) -> list[tuple[str, str]]:
    """Return what a processing job was asked for, as names and values."""
    program = record["AppSpecification"]
    words = [*program.get("ContainerEntrypoint", ()), *program.get("ContainerArguments", ())]
    came = [(f"input {told['InputName']}", told["S3Input"]["S3Uri"]) for told in inputs(record)]
    went = [(f"output {told['OutputName']}", told["S3Output"]["S3Uri"]) for told in outputs(record)]
    return [("image", program["ImageUri"]), ("command", " ".join(mask_words(words))), *came, *went]

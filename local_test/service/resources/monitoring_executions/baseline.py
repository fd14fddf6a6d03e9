"""The files of a monitor's baseline: those that it names, or those of its baselining job."""

from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.monitor_definitions.monitoring_job import MonitoringJob
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.s3 import parse_uri

_FILES = {"ConstraintsResource": "constraints.json", "StatisticsResource": "statistics.json"}


def find_baseline(backend: Backend, region: str, job: MonitoringJob) -> dict[str, str]:
    """Return the addresses of the files by the names of their fields.

    Raises ApiError when the baselining job has not succeeded, as its files are then missing.
    """
    named = {
        field: job.baseline[field]["S3Uri"]
        for field in _FILES
        if "S3Uri" in job.baseline.get(field, {})
    }
    name = job.baseline.get("BaseliningJobName")
    if name is None or "ConstraintsResource" in named:
        return named
    record = backend.records.get(PROCESSING_JOB, region, name)
    outputs = record.get("ProcessingOutputConfig", {}).get("Outputs", ())
    if record[PROCESSING_JOB.status_field] != "Completed" or not outputs:
        raise invalid(f"No baseline: processing job {name} has not succeeded. Run it again.")
    root = parse_uri(outputs[0]["S3Output"]["S3Uri"])
    storage = backend.storage(region)
    written = {path for _, path in storage.list_prefix(root)}
    found = {field: str(root.join(file)) for field, file in _FILES.items() if file in written}
    return found | named

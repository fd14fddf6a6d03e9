"""Run an execution: find the data of its window, merge it with ground truth, analyse it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError, failure_reason, invalid
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.monitor_definitions.monitoring_job import (
    MonitoringJob,
    find_type,
    read_definition,
    read_inline,
)
from local_test.service.resources.monitoring_executions.baseline import find_baseline
from local_test.service.resources.monitoring_executions.captures import (
    Window,
    WindowData,
    list_captures,
    list_hours_with_data,
    list_manifests,
)
from local_test.service.resources.monitoring_executions.job_request import (
    ExecutionContext,
    build_analysis,
    build_merge,
)
from local_test.service.resources.monitoring_executions.resource import (
    CONFIG,
    MONITORING_EXECUTION,
    WINDOW,
    WITH_VIOLATIONS,
)
from local_test.service.resources.processing.job_metrics import METRIC_NAMESPACE
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.processing.submission import submit_job
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri

NO_DATA = "Job inputs had no data"
"""The reason that the service gives, too."""

_PAUSE_SECONDS = 0.1


def read_job(backend: Backend, region: str, config: Mapping[str, Any]) -> MonitoringJob:
    """Return the job of a schedule's configuration: its own, or that of a definition.

    Raises ApiError when the definition does not exist.
    """
    if "MonitoringJobDefinition" in config:
        return read_inline(config["MonitoringJobDefinition"])
    kind = find_type(config["MonitoringType"])
    record = backend.records.get(kind.resource, region, config["MonitoringJobDefinitionName"])
    return read_definition(kind, record)


@dataclass(frozen=True)
class ExecutionRun:
    """The run of one execution; its record has its current status."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Run its jobs until they end or `stop` is set; errors go into its record."""
        try:
            self._run_jobs(stop)
        except (LocalError, ApiError, OSError) as error:
            self._fail(failure_reason(error))

    def _run_jobs(self, stop: threading.Event) -> None:
        record = self.backend.records.get(MONITORING_EXECUTION, self.region, self.name)
        context = self._make_context(record)
        self.backend.capture_writer.flush()
        data = self._list_data(context)
        if not data:
            self._fail(NO_DATA)
            return
        baseline = find_baseline(self.backend, self.region, context.job)
        merges = find_type(context.job.kind).merges
        if merges:
            if not self._merge(context, data, stop):
                return
            data = [WindowData(context.merged_uri, "")]
        request = build_analysis(context, data, baseline, merged=merges)
        job = self._run_job(context, request, stop)
        self._finish(job)

    def _make_context(self, record: Record) -> ExecutionContext:
        job = read_job(self.backend, self.region, record[CONFIG])
        destination = ""
        if job.endpoint is not None:
            endpoint = self.backend.records.get(ENDPOINT, self.region, job.endpoint)
            destination = (endpoint.get("DataCaptureConfig") or {}).get("DestinationS3Uri", "")
            if not destination:
                raise invalid(
                    f"No data capture: endpoint {job.endpoint}. Update it with a DataCaptureConfig."
                )
        return ExecutionContext(
            region=self.region,
            schedule=record["MonitoringScheduleName"],
            schedule_arn=record["MonitoringScheduleArn"],
            due=record["ScheduledTime"],
            window=Window(*record[WINDOW]),
            job=job,
            capture_prefix=destination,
        )

    def _list_data(self, context: ExecutionContext) -> list[WindowData]:
        storage = self.backend.storage(self.region)
        if context.job.endpoint is None:
            root = parse_uri(context.job.source["DataCapturedDestinationS3Uri"])
            side = "output" if find_type(context.job.kind).merges else "input"
            return list_manifests(storage, root.join(side), context.window)
        destination = parse_uri(context.capture_prefix)
        return list_captures(storage, destination, context.job.endpoint, context.window)

    def _merge(
        self, context: ExecutionContext, data: list[WindowData], stop: threading.Event
    ) -> bool:
        """Merge captures with the labels that came from the window's start until now.

        Return True if that succeeded; otherwise the execution has failed.
        """
        root = parse_uri(context.job.ground_truth or "")
        labelled = Window(context.window.start, max(context.due, context.window.end) + 1)
        truth = list_hours_with_data(self.backend.storage(self.region), root, labelled)
        if not truth:
            self._fail(f"{NO_DATA}: no ground truth below {root} for the hours of the window")
            return False
        job = self._run_job(context, build_merge(context, data, truth), stop)
        if job[PROCESSING_JOB.status_field] != "Completed":
            self._finish(job)
            return False
        return True

    def _run_job(
        self, context: ExecutionContext, request: dict[str, Any], stop: threading.Event
    ) -> Record:
        """Start a processing job and return its record when it has ended."""
        more = {
            "MonitoringScheduleArn": context.schedule_arn,
            METRIC_NAMESPACE: context.namespace,
        }
        name = request[PROCESSING_JOB.name_field]
        job = submit_job(self.backend, self.region, request, **more)
        self._update(
            MonitoringExecutionStatus="InProgress", ProcessingJobArn=job["ProcessingJobArn"]
        )
        while job[PROCESSING_JOB.status_field] in {"InProgress", "Stopping"}:
            if stop.wait(_PAUSE_SECONDS):
                self.backend.threads.stop(PROCESSING_JOB.work_key(self.region, name))
                stop.clear()
            job = self.backend.records.get(PROCESSING_JOB, self.region, name)
            if job[PROCESSING_JOB.status_field] == "Stopping":
                self._update(MonitoringExecutionStatus="Stopping")
        return job

    def _finish(self, job: Record) -> None:
        """Give the execution the verdict of its last job: what its container wrote as message."""
        status, message = job[PROCESSING_JOB.status_field], job.get("ExitMessage") or ""
        if status == "Completed" and message.startswith(WITH_VIOLATIONS):
            status = WITH_VIOLATIONS
        reason = (job.get("FailureReason") or message) if status == "Failed" else None
        self._update(MonitoringExecutionStatus=status, FailureReason=reason)

    def _fail(self, reason: str) -> None:
        self._update(MonitoringExecutionStatus="Failed", FailureReason=reason)

    def _update(self, **changes: Any) -> None:
        changes["LastModifiedTime"] = now()
        self.backend.records.update(MONITORING_EXECUTION, self.region, self.name, **changes)

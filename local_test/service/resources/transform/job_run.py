"""Run a transform job: objects from S3, through the model's containers, back to S3."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from local_test import jobs
from local_test.endpoints import Stage
from local_test.engines import LogSink
from local_test.errors import LocalError
from local_test.jobs import BatchSettings, Split, TransformJob, TransformResult
from local_test.platform.batch_transform.batch_settings import MAX_RETRIES
from local_test.platform.batch_transform.data_processing import DataProcessing, parse_media_type
from local_test.platform.job_status import JobStatus
from local_test.service.api.api_errors import ApiError, failure_reason
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.models.container_definitions import build_stages
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.transform.data_capture import (
    CAPTURE,
    append_ids,
    write_capture,
)
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri
from local_test.service.storage.s3_input import download_input, list_objects
from local_test.workspace import open_workspace

LOG_GROUP = "/aws/sagemaker/TransformJobs"


def read_settings(request: Mapping[str, Any]) -> BatchSettings:
    """Return the batch settings of a request."""
    return BatchSettings(
        request.get("BatchStrategy"),
        request.get("MaxPayloadInMB"),
        request.get("MaxConcurrentTransforms"),
    )


def read_data_processing(request: Mapping[str, Any]) -> DataProcessing:
    """Return the filters and the join of a request (its DataProcessing)."""
    definition, source = request.get("DataProcessing", {}), request["TransformInput"]
    return DataProcessing(
        input_filter=definition.get("InputFilter", "$"),
        join=definition.get("JoinSource", "None") == "Input",
        output_filter=definition.get("OutputFilter", "$"),
        kind=parse_media_type(source.get("ContentType")),
        lines=source.get("SplitType", "None") == "Line",
    )


@dataclass(frozen=True)
class TransformRun:
    """The run of one transform job; the job's record has its current status."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Run the job until it ends or `stop` is set; errors go into its record."""
        try:
            with open_workspace() as folder:
                result = self._run_containers(folder, stop)
        except (LocalError, ApiError, OSError) as error:
            self._update(TransformJobStatus="Failed", FailureReason=failure_reason(error))
            return
        reason = f"AlgorithmError: {result.failure_reason}" if result.failure_reason else None
        self._update(TransformJobStatus=str(result.status), FailureReason=reason)

    def _run_containers(self, folder: Path, stop: threading.Event) -> TransformResult:
        self._update(TransformStartTime=now())
        record = self.backend.records.get(TRANSFORM_JOB, self.region, self.name)
        model = self.backend.records.get(MODEL, self.region, record["ModelName"])
        storage = self.backend.storage(self.region)
        definition = record["TransformInput"]
        unzip = definition.get("CompressionType") == "Gzip"
        source, limit = definition["DataSource"]["S3DataSource"], self.backend.max_model_size
        data = download_input(storage, source, folder / "in", unzip=unzip, limit=limit)
        built = build_stages(self.backend, self.region, model, folder / "models")
        job = _make_job(record, built.stages, data, isolated=model["EnableNetworkIsolation"])
        aws = self.backend.make_aws_access(
            self.region, model.get("ExecutionRoleArn"), isolated=job.isolated
        )
        job = replace(job, aws=aws)
        outputs, sink = folder / "out", self._make_sink()
        built.log_notices(sink)
        result = jobs.transform(job, outputs, built.engine, logs=sink, stop=stop)
        self.backend.logs.flush()
        append_ids(record, result.outputs)
        uri = parse_uri(record["TransformOutput"]["S3OutputPath"])
        written = [uri.join(path.relative_to(outputs).as_posix()) for path in result.outputs]
        for path, target in zip(result.outputs, written, strict=True):
            storage.upload(path, target)
        if CAPTURE in record and result.status is JobStatus.COMPLETED:
            read = [address for address, _ in list_objects(storage, source)]
            write_capture(storage, record[CAPTURE], read, written)
        return result

    def _make_sink(self) -> LogSink:
        first = f"{self.name}/i-0{token_hex(8)}-{int(time.time())}"

        def stream(container: str) -> str:
            return first if container == "primary" else f"{first}/{container}"

        return self.backend.logs.make_sink(self.region, LOG_GROUP, stream)

    def _update(self, **changes: Any) -> None:
        if "TransformJobStatus" in changes:
            changes["TransformEndTime"] = now()
        changes["LastModifiedTime"] = now()
        self.backend.records.update(TRANSFORM_JOB, self.region, self.name, **changes)


def _make_job(
    record: Record, stages: Sequence[Stage], data: Path, *, isolated: bool
) -> TransformJob:
    source, output = record["TransformInput"], record["TransformOutput"]
    client = record.get("ModelClientConfig", {})
    return TransformJob(
        stages=stages,
        input=data,
        content_type=source.get("ContentType"),
        accept=output.get("Accept"),
        split=Split(source.get("SplitType", "None")),
        assemble=Split(output.get("AssembleWith", "None")),
        settings=read_settings(record),
        environment=record.get("Environment", {}),
        timeout=client.get("InvocationsTimeoutInSeconds", 600),
        retries=client.get("InvocationsMaxRetries", MAX_RETRIES),
        name=record["TransformJobName"],
        isolated=isolated,
        processing=read_data_processing(record),
    )

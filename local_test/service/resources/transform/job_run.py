"""A transform job's work: objects from S3, through the model's containers, back to S3."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
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
from local_test.service.api.api_errors import Fault, failure_reason
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.models.container_definitions import stages
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse
from local_test.service.storage.s3_input import download
from local_test.workspace import open_workspace

GROUP = "/aws/sagemaker/TransformJobs"


def settings(request: Mapping[str, Any]) -> BatchSettings:
    """Return how the request wants records to be sent."""
    return BatchSettings(
        request.get("BatchStrategy"),
        request.get("MaxPayloadInMB"),
        request.get("MaxConcurrentTransforms"),
    )


def processing(request: Mapping[str, Any]) -> DataProcessing:
    """Return what the request wants done to records before and after the containers."""
    told, given = request.get("DataProcessing", {}), request["TransformInput"]
    return DataProcessing(
        input_filter=told.get("InputFilter", "$"),
        join=told.get("JoinSource", "None") == "Input",
        output_filter=told.get("OutputFilter", "$"),
        kind=parse_media_type(given.get("ContentType")),
        lines=given.get("SplitType", "None") == "Line",
    )


@dataclass(frozen=True)
class Transform:
    """One transform job; its record says at every time how far it is."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Do the job; whatever goes wrong is told in its record."""
        try:
            with open_workspace() as folder:
                result = self._work(folder, stop)
        except (LocalError, Fault, OSError) as error:
            self._enter(TransformJobStatus="Failed", FailureReason=failure_reason(error))
            return
        reason = f"AlgorithmError: {result.failure_reason}" if result.failure_reason else None
        self._enter(TransformJobStatus=str(result.status), FailureReason=reason)

    def _work(self, folder: Path, stop: threading.Event) -> TransformResult:
        self._enter(TransformStartTime=now())
        record = self.backend.records.get(TRANSFORM_JOB, self.region, self.name)
        model = self.backend.records.get(MODEL, self.region, record["ModelName"])
        storage = self.backend.storage(self.region)
        told = record["TransformInput"]
        unzip = told.get("CompressionType") == "Gzip"
        source, limit = told["DataSource"]["S3DataSource"], self.backend.max_model_size
        data = download(storage, source, folder / "in", unzip=unzip, limit=limit)
        engine, found = stages(self.backend, self.region, model, folder / "models")
        job = _job(record, found, data, isolated=model["EnableNetworkIsolation"])
        made = folder / "out"
        result = jobs.transform(job, made, engine, logs=self._sink(), stop=stop)
        self.backend.logs.flush()
        place = parse(record["TransformOutput"]["S3OutputPath"])
        for path in result.outputs:
            storage.put(path, place.below(path.relative_to(made).as_posix()))
        return result

    def _sink(self) -> LogSink:
        first = f"{self.name}/i-0{token_hex(8)}-{int(time.time())}"

        def stream(container: str) -> str:
            return first if container == "primary" else f"{first}/{container}"

        return self.backend.logs.sink(self.region, GROUP, stream)

    def _enter(self, **changes: Any) -> None:
        if "TransformJobStatus" in changes:
            changes["TransformEndTime"] = now()
        changes["LastModifiedTime"] = now()
        self.backend.records.update(TRANSFORM_JOB, self.region, self.name, **changes)


def _job(record: Record, found: list[Stage], data: Path, *, isolated: bool) -> TransformJob:
    told, wanted = record["TransformInput"], record["TransformOutput"]
    client = record.get("ModelClientConfig", {})
    return TransformJob(
        stages=found,
        input=data,
        content_type=told.get("ContentType"),
        accept=wanted.get("Accept"),
        split=Split(told.get("SplitType", "None")),
        assemble=Split(wanted.get("AssembleWith", "None")),
        settings=settings(record),
        environment=record.get("Environment", {}),
        timeout=client.get("InvocationsTimeoutInSeconds", 600),
        retries=client.get("InvocationsMaxRetries", MAX_RETRIES),
        name=record["TransformJobName"],
        isolated=isolated,
        processing=processing(record),
    )

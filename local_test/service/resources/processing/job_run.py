"""Run a processing job of the service: inputs from S3, containers, outputs to S3."""

import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local_test import jobs
from local_test.engines import LogSink
from local_test.errors import LocalError
from local_test.jobs import ProcessingInput, ProcessingJob, ProcessingResult
from local_test.platform.job_status import JobStatus
from local_test.service.api.api_errors import ApiError, failure_reason
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.images.local_image import LocalImage
from local_test.service.resources.processing.dataset_query import run_dataset_query
from local_test.service.resources.processing.definitions import (
    Definition,
    is_managed_by_app,
    list_inputs,
    list_outputs,
)
from local_test.service.resources.processing.job_metrics import (
    JOB_NAMESPACE,
    METRIC_NAMESPACE,
    publish_metrics,
)
from local_test.service.resources.processing.output_upload import OutputUpload, select_outputs
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri
from local_test.service.storage.s3_input import download_input
from local_test.service.storage.s3_sync import update_periodically
from local_test.workspace import open_workspace

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"


def _make_job(
    record: Record,
    image: LocalImage,
    inputs: Sequence[ProcessingInput],
    description: Mapping[str, Any],
) -> ProcessingJob:
    program = record["AppSpecification"]
    return ProcessingJob(
        image=image.name,
        entrypoint=program.get("ContainerEntrypoint", ()),
        arguments=program.get("ContainerArguments", ()),
        inputs=inputs,
        outputs={
            output["OutputName"]: output["S3Output"]["LocalPath"]
            for output in list_outputs(record)
            if not is_managed_by_app(output)
        },
        environment={**image.environment, **record.get("Environment", {})},
        name=record[PROCESSING_JOB.name_field],
        arn=record[PROCESSING_JOB.arn_field],
        max_runtime=record["StoppingCondition"]["MaxRuntimeInSeconds"],
        instance_count=record["ProcessingResources"]["ClusterConfig"]["InstanceCount"],
        isolated=record.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
        description=description,
    )


@dataclass(frozen=True)
class ProcessingRun:
    """The run of one processing job; the job's record has its current status."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Run the job until it ends or `stop` is set; errors go into its record."""
        try:
            with open_workspace() as folder:
                result = self._run_containers(folder, stop)
        except (LocalError, ApiError, OSError) as error:
            self._finish(JobStatus.FAILED, FailureReason=failure_reason(error))
            return
        self._finish(
            result.status,
            ExitMessage=result.message or None,
            FailureReason=result.failure_reason or None,
        )

    def _run_containers(self, folder: Path, stop: threading.Event) -> ProcessingResult:
        self._update(ProcessingStartTime=now())
        record = self.backend.records.get(PROCESSING_JOB, self.region, self.name)
        uri = record["AppSpecification"]["ImageUri"]
        engine, [image] = self.backend.resolve_images([uri], "processing")
        self._update(ImageNotices=image.list_notices())
        fetched = [
            self._fetch_input(definition, folder / "inputs" / str(index), stop)
            for index, definition in enumerate(list_inputs(record))
            if not is_managed_by_app(definition)
        ]
        job = _make_job(record, image, fetched, self._describe_job(record))
        aws = self.backend.make_aws_access(self.region, record["RoleArn"], isolated=job.isolated)
        job = replace(job, aws=aws)
        hosts, storage = folder / "hosts", self.backend.storage(self.region)
        sink = self._make_sink()
        image.log_notices(sink)
        with update_periodically(
            OutputUpload(storage, select_outputs(record, "Continuous"), hosts).update
        ):
            result = jobs.process(job, hosts, engine, logs=sink, stop=stop)
        self.backend.logs.flush()
        if result.status is JobStatus.COMPLETED:
            OutputUpload(storage, select_outputs(record, "EndOfJob"), hosts).update()
            cloudwatch = self.backend.aws.client("cloudwatch", self.region)
            publish_metrics(cloudwatch, record.get(METRIC_NAMESPACE, JOB_NAMESPACE), hosts)
        return result

    def _fetch_input(
        self, definition: Definition, folder: Path, stop: threading.Event
    ) -> ProcessingInput:
        name = definition["InputName"]
        if "DatasetDefinition" in definition:
            dataset = definition["DatasetDefinition"]
            path = self._fetch_dataset(dataset["AthenaDatasetDefinition"], name, folder, stop)
            distribution = dataset.get("DataDistributionType", "ShardedByS3Key")
            return ProcessingInput(name, path, dataset["LocalPath"], distribution)
        source = definition["S3Input"]
        unzip = source.get("S3CompressionType") == "Gzip"
        storage, limit = self.backend.storage(self.region), self.backend.max_model_size
        path = download_input(storage, source, folder, unzip=unzip, limit=limit)
        distribution = source.get("S3DataDistributionType", "FullyReplicated")
        return ProcessingInput(name, path, source["LocalPath"], distribution)

    def _fetch_dataset(
        self, query: Mapping[str, Any], name: str, folder: Path, stop: threading.Event
    ) -> Path:
        athena = self.backend.aws.client("athena", self.region)
        place = parse_uri(query["OutputS3Uri"]).join(f"{self.name}-{secrets.token_hex(4)}", name)
        run_dataset_query(athena, query, place, stop)
        if stop.is_set():
            folder.mkdir(parents=True)
            return folder
        return download_input(self.backend.storage(self.region), {"S3Uri": str(place)}, folder)

    def _describe_job(self, record: Record) -> dict[str, Any]:
        """Return the job's description for its containers: the request's fields and the ARN."""
        shape = self.backend.api.get_operation("CreateProcessingJob").input_shape
        return {PROCESSING_JOB.arn_field: record[PROCESSING_JOB.arn_field]} | select_fields(
            record, shape
        )

    def _make_sink(self) -> LogSink:
        started = int(time.time())

        def stream(container: str) -> str:
            number = container.replace(".", "-").rpartition("-")[2]
            return f"{self.name}/algo-{number}-{started}"

        return self.backend.logs.make_sink(self.region, LOG_GROUP, stream)

    def _finish(self, status: JobStatus, **changes: Any) -> None:
        changes |= {PROCESSING_JOB.status_field: str(status), "ProcessingEndTime": now()}
        self._update(**changes)

    def _update(self, **changes: Any) -> None:
        changes["LastModifiedTime"] = now()
        self.backend.records.update(PROCESSING_JOB, self.region, self.name, **changes)

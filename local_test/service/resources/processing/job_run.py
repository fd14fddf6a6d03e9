"""A processing job's work: inputs from S3, containers, outputs to S3."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test import jobs
from local_test.engines import LogSink
from local_test.errors import LocalError
from local_test.jobs import ProcessingInput, ProcessingJob, ProcessingResult
from local_test.platform.job_status import JobStatus
from local_test.service.api.api_errors import Fault, failure_reason
from local_test.service.api.resource_type import now
from local_test.service.api.service_model import filtered
from local_test.service.backend import Backend
from local_test.service.resources.processing.output_upload import Outputs, chosen
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.records import Record
from local_test.service.storage.s3_input import download
from local_test.service.storage.s3_sync import repeating
from local_test.workspace import open_workspace

GROUP = "/aws/sagemaker/ProcessingJobs"


def inputs(request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the inputs a request names."""
    return tuple(request.get("ProcessingInputs", ()))


def outputs(request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the outputs a request names."""
    return tuple(request.get("ProcessingOutputConfig", {}).get("Outputs", ()))


def _job(
    record: Record, image: str, given: Sequence[ProcessingInput], description: Mapping[str, Any]
) -> ProcessingJob:
    program = record["AppSpecification"]
    return ProcessingJob(
        image=image,
        entrypoint=program.get("ContainerEntrypoint", ()),
        arguments=program.get("ContainerArguments", ()),
        inputs=given,
        outputs={told["OutputName"]: told["S3Output"]["LocalPath"] for told in outputs(record)},
        environment=record.get("Environment", {}),
        name=record[PROCESSING_JOB.name],
        arn=record[PROCESSING_JOB.arn],
        max_runtime=record["StoppingCondition"]["MaxRuntimeInSeconds"],
        instance_count=record["ProcessingResources"]["ClusterConfig"]["InstanceCount"],
        isolated=record.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
        description=description,
    )


@dataclass(frozen=True)
class Processing:
    """One processing job; its record says at every time how far it is."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Do the job; whatever goes wrong is told in its record."""
        try:
            with open_workspace() as folder:
                result = self._work(folder, stop)
        except (LocalError, Fault, OSError) as error:
            self._settle(JobStatus.FAILED, FailureReason=failure_reason(error))
            return
        self._settle(
            result.status,
            ExitMessage=result.message or None,
            FailureReason=result.failure_reason or None,
        )

    def _work(self, folder: Path, stop: threading.Event) -> ProcessingResult:
        self._update(ProcessingStartTime=now())
        record = self.backend.records.get(PROCESSING_JOB, self.region, self.name)
        engine, [image] = self.backend.resolve([record["AppSpecification"]["ImageUri"]])
        fetched = [
            self._fetched(given, folder / "inputs" / str(index))
            for index, given in enumerate(inputs(record))
        ]
        job = _job(record, image, fetched, self._description(record))
        hosts, storage = folder / "hosts", self.backend.storage(self.region)
        with repeating(Outputs(storage, chosen(record, "Continuous"), hosts).update):
            result = jobs.process(job, hosts, engine, logs=self._sink(), stop=stop)
        self.backend.logs.flush()
        if result.status is JobStatus.COMPLETED:
            Outputs(storage, chosen(record, "EndOfJob"), hosts).update()
        return result

    def _fetched(self, given: Mapping[str, Any], folder: Path) -> ProcessingInput:
        told = given["S3Input"]
        unzip = told.get("S3CompressionType") == "Gzip"
        storage, limit = self.backend.storage(self.region), self.backend.max_model_size
        path = download(storage, told, folder, unzip=unzip, limit=limit)
        distribution = told.get("S3DataDistributionType", "FullyReplicated")
        return ProcessingInput(given["InputName"], path, told["LocalPath"], distribution)

    def _description(self, record: Record) -> dict[str, Any]:
        """Return what the containers read of the job: the describe answer without its course."""
        shape = self.backend.api.operation("CreateProcessingJob").input_shape
        return {PROCESSING_JOB.arn: record[PROCESSING_JOB.arn]} | filtered(record, shape)

    def _sink(self) -> LogSink:
        begun = int(time.time())

        def stream(container: str) -> str:
            number = container.replace(".", "-").rpartition("-")[2]
            return f"{self.name}/algo-{number}-{begun}"

        return self.backend.logs.sink(self.region, GROUP, stream)

    def _settle(self, status: JobStatus, **changes: Any) -> None:
        changes |= {PROCESSING_JOB.status: str(status), "ProcessingEndTime": now()}
        self._update(**changes)

    def _update(self, **changes: Any) -> None:
        changes["LastModifiedTime"] = now()
        self.backend.records.update(PROCESSING_JOB, self.region, self.name, **changes)

"""Run a training job of the service: data from S3, containers, artifacts to S3."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test import jobs
from local_test.errors import LocalError
from local_test.jobs import TrainingResult
from local_test.jobs.artifacts import MODEL, OUTPUT
from local_test.platform.archive_members import HIGHEST_LIMIT
from local_test.platform.archives import unpack
from local_test.platform.job_status import JobStatus
from local_test.service.api.api_errors import failure_reason
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.training import cloudwatch_metrics, job_request
from local_test.service.resources.training.checkpoint_sync import sync_checkpoints
from local_test.service.resources.training.metric_watch import MetricWatch
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.status_history import enter_status
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri
from local_test.service.storage.s3_input import download_input
from local_test.workspace import open_workspace


@dataclass(frozen=True)
class TrainingRun:
    """The run of one training job; the job's record has its current status."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Run the job until it ends or `stop` is set; errors go into its record."""
        try:
            seconds = 0.0
            while (spent := self._attempt(seconds, stop)) is not None:
                seconds += spent
        except (LocalError, OSError) as error:
            self._enter_status("Failed", FailureReason=failure_reason(error), TrainingEndTime=now())

    def _attempt(self, before: float, stop: threading.Event) -> float | None:
        """Run the job once; return its seconds if it was interrupted, else None."""
        with open_workspace() as folder:
            result, watch = self._run_containers(folder, stop)
            key = TRAINING_JOB.work_key(self.region, self.name)
            if result.status is JobStatus.STOPPED and self.backend.threads.resume_interrupted(key):
                self._enter_status("Interrupted")
                self._enter_status("Starting")
                return result.seconds
            self._finish(result, folder, watch, before)
            return None

    def _run_containers(
        self, folder: Path, stop: threading.Event
    ) -> tuple[TrainingResult, MetricWatch]:
        self._enter_status("Downloading")
        record = self._get_record()
        uri = record["AlgorithmSpecification"]["TrainingImage"]
        engine, [image] = self.backend.resolve_images([uri], "training")
        storage = self.backend.storage(self.region)
        channels = [
            job_request.make_channel(
                definition, self._fetch_channel(definition, folder / "channels")
            )
            for definition in record.get("InputDataConfig", ())
        ]
        with sync_checkpoints(
            storage, record.get("CheckpointConfig"), folder / "saved"
        ) as checkpoints:
            aws = self.backend.make_aws_access(
                self.region, record["RoleArn"], isolated=record["EnableNetworkIsolation"]
            )
            job = job_request.make_job(record, image, channels, checkpoints, aws)
            watch = MetricWatch(self.backend.logs, self.region, self.name, job.metrics)
            self.backend.live_metrics[TRAINING_JOB.work_key(self.region, self.name)] = watch.values
            image.log_notices(watch.add_line)
            started = record.get("TrainingStartTime", now())
            notices = image.list_notices()
            self._enter_status("Training", TrainingStartTime=started, ImageNotices=notices)
            result = jobs.train(job, folder / "artifacts", engine, logs=watch.read_line, stop=stop)
        self.backend.logs.flush()
        cloudwatch_metrics.publish_metrics(self.backend, self.region, self.name, watch)
        return result, watch

    def _fetch_channel(self, definition: dict[str, Any], folder: Path) -> Path:
        source = definition["DataSource"]["S3DataSource"]
        unzip = definition.get("CompressionType") == "Gzip"
        target = folder / definition["ChannelName"]
        limit = self.backend.max_model_size
        return download_input(
            self.backend.storage(self.region), source, target, unzip=unzip, limit=limit
        )

    def _finish(
        self, result: TrainingResult, folder: Path, watch: MetricWatch, before: float
    ) -> None:
        changes: dict[str, Any] = {
            "TrainingEndTime": now(),
            "FinalMetricDataList": watch.list_final(),
            "MetricSeries": watch.list_series(),
            "TrainingTimeInSeconds": max(1, round(before + result.seconds)),
            "BillableTimeInSeconds": max(1, round(before + result.seconds)),
        }
        if result.status is JobStatus.FAILED:
            self._enter_status("Failed", FailureReason=result.outcome.failure_reason, **changes)
            return
        self._enter_status("Uploading")
        changes["ModelArtifacts"] = {
            "S3ModelArtifacts": self._upload_artifacts(folder / "artifacts")
        }
        self._enter_status(result.outcome.secondary, **changes)

    def _upload_artifacts(self, artifacts: Path) -> str:
        output = self._get_record()["OutputDataConfig"]
        storage = self.backend.storage(self.region)
        uri = parse_uri(output["S3OutputPath"]).join(self.name, "output")
        if output.get("CompressionType") == "NONE":
            for archive, prefix in ((MODEL, "model"), (OUTPUT, "data")):
                if (artifacts / archive).exists():
                    unpack(artifacts / archive, artifacts / prefix, HIGHEST_LIMIT)  # packed here
                    for path in sorted((artifacts / prefix).rglob("*")):
                        if path.is_file():
                            relative = path.relative_to(artifacts / prefix).as_posix()
                            storage.upload(path, uri.join(prefix, relative))
            return f"{uri.join('model')}/"
        for archive in (MODEL, OUTPUT):
            if (artifacts / archive).exists():
                storage.upload(artifacts / archive, uri.join(archive))
        return str(uri.join(MODEL))

    def _get_record(self) -> Record:
        return self.backend.records.get(TRAINING_JOB, self.region, self.name)

    def _enter_status(self, secondary: str, **changes: Any) -> None:
        with self.backend.records.lock():
            changes |= enter_status(self._get_record(), secondary, now())
            self.backend.records.update(TRAINING_JOB, self.region, self.name, **changes)

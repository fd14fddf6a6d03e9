"""A training job's work: data from S3, containers, artifacts to S3."""

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
from local_test.service.resources.training.checkpoint_sync import syncing
from local_test.service.resources.training.metric_watch import Watch
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.status_history import enter_status
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse
from local_test.service.storage.s3_input import download
from local_test.workspace import open_workspace


@dataclass(frozen=True)
class Training:
    """One training job; its record says at every time how far it is."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Do the job; whatever goes wrong is told in its record."""
        try:
            seconds = 0.0
            while (spent := self._attempt(seconds, stop)) is not None:
                seconds += spent
        except (LocalError, OSError) as error:
            self._enter("Failed", FailureReason=failure_reason(error), TrainingEndTime=now())

    def _attempt(self, before: float, stop: threading.Event) -> float | None:
        """Run once; the seconds it took where the job was interrupted, and begins again."""
        with open_workspace() as folder:
            result, watch = self._work(folder, stop)
            key = TRAINING_JOB.key(self.region, self.name)
            if result.status is JobStatus.STOPPED and self.backend.threads.again(key):
                self._enter("Interrupted")
                self._enter("Starting")
                return result.seconds
            self._finish(result, folder, watch, before)
            return None

    def _work(self, folder: Path, stop: threading.Event) -> tuple[TrainingResult, Watch]:
        self._enter("Downloading")
        record = self._record()
        engine, [image] = self.backend.resolve([record["AlgorithmSpecification"]["TrainingImage"]])
        storage = self.backend.storage(self.region)
        channels = [
            job_request.channel(told, self._fetch(told, folder / "channels"))
            for told in record.get("InputDataConfig", ())
        ]
        with syncing(storage, record.get("CheckpointConfig"), folder / "saved") as checkpoints:
            job = job_request.job(record, image, channels, checkpoints)
            watch = Watch(self.backend.logs, self.region, self.name, job.metrics)
            self.backend.live_metrics[TRAINING_JOB.key(self.region, self.name)] = watch.values
            started = record.get("TrainingStartTime", now())
            self._enter("Training", TrainingStartTime=started)
            result = jobs.train(job, folder / "artifacts", engine, logs=watch.line, stop=stop)
        self.backend.logs.flush()
        cloudwatch_metrics.publish(self.backend, self.region, self.name, watch)
        return result, watch

    def _fetch(self, told: dict[str, Any], folder: Path) -> Path:
        source = told["DataSource"]["S3DataSource"]
        unzip = told.get("CompressionType") == "Gzip"
        place = folder / told["ChannelName"]
        limit = self.backend.max_model_size
        return download(self.backend.storage(self.region), source, place, unzip=unzip, limit=limit)

    def _finish(self, result: TrainingResult, folder: Path, watch: Watch, before: float) -> None:
        ended: dict[str, Any] = {
            "TrainingEndTime": now(),
            "FinalMetricDataList": watch.final(),
            "MetricSeries": watch.series(),
            "TrainingTimeInSeconds": max(1, round(before + result.seconds)),
            "BillableTimeInSeconds": max(1, round(before + result.seconds)),
        }
        if result.status is JobStatus.FAILED:
            self._enter("Failed", FailureReason=result.outcome.failure_reason, **ended)
            return
        self._enter("Uploading")
        ended["ModelArtifacts"] = {"S3ModelArtifacts": self._upload(folder / "artifacts")}
        self._enter(result.outcome.secondary, **ended)

    def _upload(self, artifacts: Path) -> str:
        told = self._record()["OutputDataConfig"]
        storage = self.backend.storage(self.region)
        place = parse(told["S3OutputPath"]).below(self.name, "output")
        if told.get("CompressionType") == "NONE":
            for archive, prefix in ((MODEL, "model"), (OUTPUT, "data")):
                if (artifacts / archive).exists():
                    unpack(artifacts / archive, artifacts / prefix, HIGHEST_LIMIT)  # packed here
                    for path in sorted((artifacts / prefix).rglob("*")):
                        if path.is_file():
                            relative = path.relative_to(artifacts / prefix).as_posix()
                            storage.put(path, place.below(prefix, relative))
            return f"{place.below('model')}/"
        for archive in (MODEL, OUTPUT):
            if (artifacts / archive).exists():
                storage.put(artifacts / archive, place.below(archive))
        return str(place.below(MODEL))

    def _record(self) -> Record:
        return self.backend.records.get(TRAINING_JOB, self.region, self.name)

    def _enter(self, secondary: str, **changes: Any) -> None:
        with self.backend.records.lock():
            changes |= enter_status(self._record(), secondary, now())
            self.backend.records.update(TRAINING_JOB, self.region, self.name, **changes)

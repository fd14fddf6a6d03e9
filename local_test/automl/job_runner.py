"""Runs the jobs of a search; one way is the code of the commands `train` and `transform`."""

import tarfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from local_test.endpoints.stage import Stage
from local_test.engines.container_logs import discard_line
from local_test.engines.protocol import Engine
from local_test.errors import JobError
from local_test.jobs import BatchSettings, Channel, TrainingJob, TransformJob, train, transform
from local_test.jobs.artifacts import MODEL
from local_test.platform.metrics import MetricDefinition, Metrics

PREPROCESSOR, XGBOOST = "preprocessor", "xgboost"
_BATCH = BatchSettings(max_payload_mb=0)

Watch = Callable[[Sequence[float]], None]
"""Called with all values so far of a job's watched metric."""


@dataclass(frozen=True)
class FitRequest:
    """A training job of a search; `output` gets its archives, `watched` is read from its log."""

    name: str
    image: str
    channels: Sequence[Channel]
    hyperparameters: Mapping[str, str]
    output: Path
    watched: MetricDefinition | None = None


@dataclass(frozen=True)
class FittedStage:
    """A container of the pipeline: its image's short name, its archive, its variables."""

    image: str
    model: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ApplyRequest:
    """A batch transform job of a search: each file of `input` becomes NAME.out in `output`."""

    name: str
    stages: Sequence[FittedStage]
    input: Path
    content_type: str
    accept: str
    output: Path


class JobRunner(Protocol):
    """A way to run the jobs; both raise JobError when a job does not end as `Completed`."""

    def fit(self, request: FitRequest, watch: Watch, stop: threading.Event) -> None:
        """Run a training job."""

    def apply(self, request: ApplyRequest, stop: threading.Event) -> None:
        """Run a batch transform job."""


@dataclass(frozen=True)
class EngineRunner:
    """Runs the jobs on an engine of this machine, in the calling thread."""

    engine: Engine
    max_seconds: float

    def fit(self, request: FitRequest, watch: Watch, stop: threading.Event) -> None:
        """Run a training job."""
        watched = request.watched
        metrics = Metrics([watched] if watched else [])

        def read(_: str, line: str) -> None:
            before = _count_values(metrics)
            metrics.read_line(line)
            if watched is not None and _count_values(metrics) > before:
                watch(metrics.values[watched.name])

        job = TrainingJob(
            request.image,
            request.channels,
            request.hyperparameters,
            name=request.name,
            max_runtime=self.max_seconds,
        )
        train(job, request.output, self.engine, logs=read, stop=stop).raise_for_status()

    def apply(self, request: ApplyRequest, stop: threading.Event) -> None:
        """Run a batch transform job."""
        stages = [Stage(one.image, one.model, one.environment) for one in request.stages]
        job = TransformJob(
            stages,
            request.input,
            content_type=request.content_type,
            accept=request.accept,
            settings=_BATCH,
            name=request.name,
        )
        result = transform(job, request.output, self.engine, logs=discard_line, stop=stop)
        result.raise_for_status()


def _count_values(metrics: Metrics) -> int:
    return sum(map(len, metrics.values.values()))


def read_member(archive: Path, name: str) -> bytes:
    """Return a file of an archive. Raises JobError when the job wrote none of this name."""
    with tarfile.open(archive) as tar:
        try:
            file = tar.extractfile(name)
        except KeyError:
            file = None
        if file is None:
            raise JobError(f"{archive} has no {name}")
        return file.read()


def make_stages(transform_output: Path, model: Path, *, inverse: bool) -> list[FittedStage]:
    """Return the containers of an endpoint: transform, model, and the inverse of the target."""
    archive = transform_output / MODEL
    stages = [
        FittedStage(PREPROCESSOR, archive, {"TANDEM_LABEL": "drop"}),
        FittedStage(XGBOOST, model),
    ]
    if inverse:
        stages.append(FittedStage(PREPROCESSOR, archive, {"TANDEM_STAGE": "inverse"}))
    return stages

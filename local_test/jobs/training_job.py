"""Request and result of a training job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from local_test.engines.aws_access import NO_AWS_ACCESS, AwsAccess
from local_test.errors import JobError
from local_test.jobs.job_names import make_job_name
from local_test.platform import limits
from local_test.platform.channels import Channel, check_channel
from local_test.platform.config_files import INSTANCE_TYPE
from local_test.platform.job_status import JobOutcome, JobStatus
from local_test.platform.metrics import MetricDefinition
from local_test.platform.source_code import SourceCode


@dataclass(frozen=True)
class TrainingJob:
    """The parameters of CreateTrainingJob; `max_runtime` is in seconds.

    Without `entrypoint` and `arguments` the image is run with the word `train`.
    """

    image: str
    channels: Sequence[Channel] = ()
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: make_job_name("training"))
    max_runtime: float = limits.DEFAULT_RUNTIME_SECONDS
    instance_count: int = 1
    checkpoints: Path | None = None
    metrics: Sequence[MetricDefinition] = ()
    source_code: SourceCode | None = None
    input_mode: str = "File"
    arn: str = ""
    instance_type: str = INSTANCE_TYPE
    isolated: bool = False
    entrypoint: Sequence[str] = ()
    arguments: Sequence[str] = ()
    aws: AwsAccess = NO_AWS_ACCESS

    @property
    def has_own_command(self) -> bool:
        """Whether the image is run with something else than the word `train`."""
        return bool(self.entrypoint or self.arguments)

    @property
    def inputs(self) -> list[Channel]:
        """The channels, each with its input mode."""
        return [channel.with_input_mode(self.input_mode) for channel in self.channels]

    def check(self) -> None:
        """Raise UserError when CreateTrainingJob would reject the job."""
        limits.check_job_name(self.name)
        limits.check_runtime(self.max_runtime)
        limits.check_instances(self.instance_count)
        limits.check_channels([channel.name for channel in self.channels])
        limits.check_hyperparameters(self.hyperparameters)
        limits.check_environment(self.environment, limits.TRAINING_ENVIRONMENT)
        limits.check_command(self.entrypoint, self.arguments)
        for channel in self.inputs:
            check_channel(channel)
        if self.source_code is not None:
            self.source_code.check()

    def with_packed_code(self, folder: Path) -> "TrainingJob":
        """Return the job with its source code packed into `folder`, as one more channel."""
        if self.source_code is None:
            return self
        return replace(
            self,
            channels=[*self.channels, self.source_code.pack_channel(folder)],
            hyperparameters={**self.hyperparameters, **self.source_code.to_hyperparameters()},
            source_code=None,
        )


@dataclass(frozen=True)
class TrainingResult:
    """How the job ended; `model` is the archive, None without one.

    `exit_code` and `log` are those of `host`: the first that failed, else the first of all.
    `epochs` says how often each channel in Pipe mode was opened, over all hosts.
    """

    job: TrainingJob
    outcome: JobOutcome
    exit_code: int
    started: datetime
    ended: datetime
    metrics: Mapping[str, Sequence[float]]
    log: Sequence[str]
    host: str = ""
    diagnosis: str = ""
    model: Path | None = None
    epochs: Mapping[str, int] = field(default_factory=dict)

    @property
    def status(self) -> JobStatus:
        """Completed, Failed or Stopped."""
        return self.outcome.status

    @property
    def seconds(self) -> float:
        """How long the container ran."""
        return (self.ended - self.started).total_seconds()

    def raise_for_status(self) -> None:
        """Raise JobError unless the job is `Completed`."""
        if self.status is not JobStatus.COMPLETED:
            detail = self.diagnosis or self.outcome.secondary
            raise JobError(f"job {self.job.name} ended as {self.status}: {detail}")

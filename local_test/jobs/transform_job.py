"""Request and result of a batch transform job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_test.endpoints.stage import Stage
from local_test.engines.aws_access import NO_AWS_ACCESS, AwsAccess
from local_test.errors import JobError, UserError
from local_test.jobs.job_names import make_job_name
from local_test.platform.batch_transform.batch_settings import (
    MAX_RETRIES,
    MAX_TIMEOUT_SECONDS,
    BatchSettings,
)
from local_test.platform.batch_transform.data_processing import DataProcessing
from local_test.platform.batch_transform.record_splitting import Split
from local_test.platform.job_status import JobStatus
from local_test.platform.limits import (
    BATCH_ENVIRONMENT,
    MAX_CONTENT_TYPE,
    check_environment,
    check_job_name,
)


@dataclass(frozen=True)
class TransformJob:
    """The parameters of CreateTransformJob; `timeout` is in seconds, for one request."""

    stages: Sequence[Stage]
    input: Path
    content_type: str | None = None
    accept: str | None = None
    split: Split = Split.NONE
    assemble: Split = Split.NONE
    settings: BatchSettings = field(default_factory=BatchSettings)
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 600.0
    retries: int = MAX_RETRIES
    name: str = field(default_factory=lambda: make_job_name("transform"))
    isolated: bool = False
    aws: AwsAccess = NO_AWS_ACCESS
    processing: DataProcessing = field(default_factory=DataProcessing)

    def check(self) -> None:
        """Raise UserError when CreateTransformJob would reject the job."""
        check_job_name(self.name)
        check_environment(self.environment, BATCH_ENVIRONMENT)
        self.settings.check()
        if not self.input.exists():
            raise UserError(f"there is no input at {self.input}", "give a file or a folder")
        if not 0 <= self.retries <= MAX_RETRIES:
            raise UserError(f"{self.retries} retries are refused; give 0 to {MAX_RETRIES}")
        if not 1 <= self.timeout <= MAX_TIMEOUT_SECONDS:
            raise UserError(f"a timeout of {self.timeout:g} s is refused; give 1 to 3600 s")
        if self.settings.strategy == "SingleRecord" and self.split is Split.NONE:
            raise UserError("SingleRecord needs records", "split, by lines for instance")
        if self.assemble not in {Split.NONE, Split.LINE}:
            raise UserError(f"answers are not assembled as {self.assemble}", "give Line or None")
        self.processing.check(self.accept, assembled=self.assemble is Split.LINE)
        for text in (self.content_type, self.accept):
            if len(text or "") > MAX_CONTENT_TYPE:
                raise UserError(f"a content type has more than {MAX_CONTENT_TYPE} characters")


@dataclass(frozen=True)
class ObjectResult:
    """The result of one input object: its output file, or an error.

    `warning` names the first request whose output has not one line a record.
    """

    name: str
    requests: int
    output: Path | None = None
    error: str = ""
    warning: str = ""


@dataclass(frozen=True)
class TransformResult:
    """How the job ended, with the result of each object, sorted by name."""

    job: TransformJob
    status: JobStatus
    objects: Sequence[ObjectResult]
    seconds: float
    failure_reason: str = ""
    log: Sequence[str] = ()

    @property
    def outputs(self) -> list[Path]:
        """The files that were written."""
        return [item.output for item in self.objects if item.output is not None]

    @property
    def warnings(self) -> list[str]:
        """The warnings of all objects."""
        return [f"{item.name}: {item.warning}" for item in self.objects if item.warning]

    def raise_for_status(self) -> None:
        """Raise JobError unless the job is `Completed`."""
        if self.status is not JobStatus.COMPLETED:
            raise JobError(f"job {self.job.name} ended as {self.status}: {self.failure_reason}")

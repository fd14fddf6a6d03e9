"""Steps that are a job of SageMaker: Training, Transform, Processing, Tuning and AutoML."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.resources.pipelines.references import replace_job_name
from local_test.service.resources.pipelines.steps.step_kind import StepContext, StepEnd
from local_test.service.storage.records import Record

_ENDED = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Stopped"}


def _describe_no_more(_client: Any, _name: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class JobStep:
    """A kind of step that is a job: boto3's methods end in `method`, its fields begin with `field`.

    `metadata_key` is its name in a step's metadata, `max_name_length` is in characters.
    `describe_more` returns properties that the job's description has not.
    """

    method: str
    field: str
    metadata_key: str
    max_name_length: int = 63
    describe_more: Callable[[Any, str], dict[str, Any]] = _describe_no_more
    cached: bool = True
    repeatable: bool = True
    fields: frozenset[str] = frozenset()

    def check(self, step: Mapping[str, Any]) -> None:
        """Leave the arguments to the operation that creates the job."""

    def start(self, context: StepContext) -> "JobStepRun":
        """Create the job."""
        prefix = context.resolve(context.arguments.get(f"{self.field}Name"))
        name = context.make_name(self.max_name_length, prefix)
        named = replace_job_name(str(context.content["Type"]), dict(context.arguments), name)
        arguments = context.add_tags(context.resolve(named))
        client = context.client
        answer = context.create_once(
            lambda: self._call(client, "create", name, arguments),
            lambda: self._call(client, "describe", name),
        )
        return JobStepRun(self, context.client, str(answer[f"{self.field}Arn"]))

    def resume(self, context: StepContext, metadata: Record) -> "JobStepRun":
        """Return the run of a job that exists."""
        return JobStepRun(self, context.client, metadata[self.metadata_key]["Arn"])

    def describe(self, client: Any, name: str) -> dict[str, Any]:
        """Return the description of the job."""
        described = self._call(client, "describe", name)
        return {**described, **self.describe_more(client, name)}

    def stop(self, client: Any, name: str) -> None:
        """Stop the job, unless it has just ended or is being stopped."""
        with suppress(ClientError):
            self._call(client, "stop", name)

    def read_status(self, described: Mapping[str, Any]) -> str | None:
        """Return the status of the job's step, None while the job runs."""
        return _ENDED.get(described[f"{self.field}Status"])

    def _call(
        self, client: Any, verb: str, name: str, arguments: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        call = getattr(client, f"{verb}_{self.method}")
        return dict(call(**{**(arguments or {}), f"{self.field}Name": name}))


@dataclass(frozen=True)
class JobStepRun:
    """A job that a step has created."""

    kind: JobStep
    client: Any
    arn: str

    @property
    def metadata(self) -> Record:
        """Return the ARN of the job."""
        return {self.kind.metadata_key: {"Arn": self.arn}}

    def poll(self) -> StepEnd | None:
        """Return the end of the job, None while it runs."""
        described = self.kind.describe(self.client, self._name)
        status = self.kind.read_status(described)
        if status is None:
            return None
        if status == "Succeeded":
            return StepEnd(status, described)
        return StepEnd(status, reason=described.get("FailureReason", f"The job is {status}."))

    def stop(self) -> None:
        """Stop the job."""
        self.kind.stop(self.client, self._name)

    @property
    def _name(self) -> str:
        return self.arn.rpartition("/")[2]


def _rank_training_jobs(client: Any, name: str) -> dict[str, Any]:
    """Return the training jobs of a tuning job, the best first."""
    response = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", MaxResults=100
    )
    config = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    goal = config["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["Type"]
    summaries: list[dict[str, Any]] = response["TrainingJobSummaries"]
    return {"TrainingJobSummaries": summaries[::-1] if goal == "Maximize" else summaries}


_REPORTS = {
    "ModelInsightsJsonReportPath": ("ModelInsights", "statistics.json"),
    "ExplainabilityJsonReportPath": ("Explainability", "analysis.json"),
}
"""Where the reports of a best candidate are, by name of the property. Source: SDK, AutoMLStep."""


def _locate_reports(client: Any, name: str) -> dict[str, Any]:
    """Return the addresses of the reports of an AutoML job's best candidate, if it has any."""
    candidate = client.describe_auto_ml_job(AutoMLJobName=name).get("BestCandidate", {})
    places = candidate.get("CandidateProperties", {}).get("CandidateArtifactLocations", {})
    found = {
        report: f"{places[field]}/{file}"
        for report, (field, file) in _REPORTS.items()
        if field in places
    }
    return {"BestCandidateProperties": found}


TRAINING = JobStep("training_job", "TrainingJob", "TrainingJob")
TRANSFORM = JobStep("transform_job", "TransformJob", "TransformJob")
PROCESSING = JobStep("processing_job", "ProcessingJob", "ProcessingJob")
TUNING = JobStep(
    "hyper_parameter_tuning_job",
    "HyperParameterTuningJob",
    "TuningJob",
    max_name_length=32,
    describe_more=_rank_training_jobs,
)
AUTOML = JobStep(
    "auto_ml_job",
    "AutoMLJob",
    "AutoMLJob",
    max_name_length=32,
    describe_more=_locate_reports,
)

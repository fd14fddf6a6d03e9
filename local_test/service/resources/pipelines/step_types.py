"""The types of steps: how each is started, described and stopped through the API.

To add a type that is a job, add it to `JOBS`; one that is done at once, to `IMMEDIATE`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

_ENDED = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Stopped"}


@dataclass(frozen=True)
class JobStep:
    """A type of job: boto3's methods end in `method`, its fields begin with `field`.

    `metadata_key` is its name in a step's metadata, `max_name_length` is in characters.
    """

    method: str
    field: str
    metadata_key: str
    max_name_length: int = 63

    def create(self, client: Any, name: str, arguments: Mapping[str, Any]) -> str:
        """Create the job and return its ARN."""
        make = getattr(client, f"create_{self.method}")
        answer = make(**{**arguments, f"{self.field}Name": name})
        return str(answer[f"{self.field}Arn"])

    def describe(self, client: Any, name: str) -> dict[str, Any]:
        """Return the description of the job."""
        described = getattr(client, f"describe_{self.method}")(**{f"{self.field}Name": name})
        if self.metadata_key == "TuningJob":
            described["TrainingJobSummaries"] = _rank_training_jobs(client, name)
        return dict(described)

    def stop(self, client: Any, name: str) -> None:
        """Stop the job."""
        getattr(client, f"stop_{self.method}")(**{f"{self.field}Name": name})

    def read_status(self, described: Mapping[str, Any]) -> str | None:
        """Return the status of the job's step, None while the job runs."""
        return _ENDED.get(described[f"{self.field}Status"])


JOBS: Mapping[str, JobStep] = {
    "Training": JobStep("training_job", "TrainingJob", "TrainingJob"),
    "Transform": JobStep("transform_job", "TransformJob", "TransformJob"),
    "Processing": JobStep("processing_job", "ProcessingJob", "ProcessingJob"),
    "Tuning": JobStep(
        "hyper_parameter_tuning_job", "HyperParameterTuningJob", "TuningJob", max_name_length=32
    ),
}


def _create_model(client: Any, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Create a model and return its description."""
    client.create_model(**{**arguments, "ModelName": name})
    return dict(client.describe_model(ModelName=name))


def _register_model(client: Any, _name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Create a model package, and its group if it is missing; return the package's description.

    Source: SDK, RegisterModel, `tags`: they become the tags of a group that the step creates.
    """
    package = dict(arguments)
    if group := package.get("ModelPackageGroupName"):
        tags = package.pop("Tags", [])
        try:
            client.describe_model_package_group(ModelPackageGroupName=group)
        except ClientError:
            client.create_model_package_group(ModelPackageGroupName=group, Tags=tags)
    created = client.create_model_package(**package)
    return dict(client.describe_model_package(ModelPackageName=created["ModelPackageArn"]))


def _rank_training_jobs(client: Any, name: str) -> list[dict[str, Any]]:
    response = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", MaxResults=100
    )
    config = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    goal = config["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["Type"]
    summaries: list[dict[str, Any]] = response["TrainingJobSummaries"]
    return summaries[::-1] if goal == "Maximize" else summaries


IMMEDIATE: Mapping[str, Callable[[Any, str, Mapping[str, Any]], dict[str, Any]]] = {
    "Model": _create_model,
    "RegisterModel": _register_model,
}
ARN_FIELDS = {"Model": "ModelArn", "RegisterModel": "ModelPackageArn"}
STEP_TYPES = frozenset({*JOBS, *IMMEDIATE, "Condition", "Fail"})

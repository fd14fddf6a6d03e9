"""Candidates as the API describes them: AutoMLCandidate."""

from collections.abc import Iterable, Mapping
from typing import Any

from local_test.automl.candidates import SearchCandidate
from local_test.automl.data.problem import Objective
from local_test.automl.job_runner import FittedStage
from local_test.automl.plan import SearchPlan
from local_test.service.api.resource_type import ResourceType, now
from local_test.service.resources.automl_jobs.job_request import is_objective
from local_test.service.resources.automl_jobs.service_runner import ServiceRunner
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.storage.records import Record

_SUPPORTED = "predicted_label,probability,labels,probabilities"


def describe_candidate(
    candidate: SearchCandidate, plan: SearchPlan, runner: ServiceRunner, job: str
) -> Record:
    """Return the description of a candidate without its containers."""
    recipe, end = candidate.recipe, now()
    record: Record = {
        "CandidateName": candidate.name,
        "ObjectiveStatus": "Failed" if candidate.score is None else "Succeeded",
        "CandidateStatus": candidate.state,
        "CandidateSteps": [
            describe_step(TRAINING_JOB, runner.region, f"{job}-{recipe}-fit"),
            describe_step(TRAINING_JOB, runner.region, candidate.job),
        ],
        "CreationTime": end - candidate.seconds,
        "EndTime": end,
        "LastModifiedTime": end,
        "CandidateProperties": {"CandidateMetrics": []},
    }
    if candidate.failure:
        record["FailureReason"] = candidate.failure[:1024]
    if candidate.score is not None:
        record["FinalAutoMLJobObjectiveMetric"] = _make_metric(plan.objective, candidate.score)
        values = {plan.objective.name: candidate.score}
        record["CandidateProperties"] = {"CandidateMetrics": make_metrics(values, "Validation")}
    return record


def make_metrics(values: Mapping[str, float], part: str) -> list[Record]:
    """Return CandidateMetrics of a part: Validation, or Test for the held-out rows."""
    return [
        {"StandardMetricName": name, "Value": value, "Set": part}
        | ({"MetricName": name} if is_objective(name) else {})
        for name, value in values.items()
    ]


def make_containers(
    stages: Iterable[FittedStage], runner: ServiceRunner, *, has_classes: bool
) -> list[dict[str, Any]]:
    """Return InferenceContainers; of classes the last one answers the name.

    `SAGEMAKER_INFERENCE_SUPPORTED` tells the SDK what else it could answer.
    """
    containers = [runner.make_container(stage) for stage in stages]
    if has_classes:
        containers[-1]["Environment"] |= {
            "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label",
            "SAGEMAKER_INFERENCE_SUPPORTED": _SUPPORTED,
        }
    return containers


def _make_metric(objective: Objective, value: float) -> Record:
    return {
        "Type": "Maximize" if objective.maximize else "Minimize",
        "MetricName": objective.name,
        "StandardMetricName": objective.name,
        "Value": value,
    }


def describe_step(kind: ResourceType, region: str, name: str) -> Record:
    """Return the description of a job of a candidate."""
    return {
        "CandidateStepType": f"AWS::SageMaker::{kind.kind}",
        "CandidateStepArn": kind.make_arn(region, name),
        "CandidateStepName": name,
    }

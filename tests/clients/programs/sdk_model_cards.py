"""Model cards with version 2 of the SageMaker Python SDK, as its users keep them.

    sdk_model_cards.py NAME PACKAGE_ARN FOLDER FILE

NAME is that of a model and of the job that trained it; the model package has its archive too.
Exports go below FOLDER in S3. FILE gets what the SDK reads back as one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sagemaker import Session
from sagemaker.model_card import (
    AdditionalInformation,
    BusinessDetails,
    EvaluationJob,
    Function,
    IntendedUses,
    Metric,
    MetricGroup,
    MetricTypeEnum,
    ModelCard,
    ModelCardStatusEnum,
    ModelOverview,
    ModelPackage,
    ObjectiveFunction,
    RiskRatingEnum,
    TrainingDetails,
)
from sagemaker.s3 import S3Downloader

name, package_arn, folder, file = sys.argv[1:]
session = Session()
overview = ModelOverview.from_model_name(name, session, model_description="Adds two numbers.")
details = TrainingDetails.from_model_overview(
    overview,
    session,
    objective_function=ObjectiveFunction(Function("Minimize", "Loss"), notes="squared"),
)
evaluation = EvaluationJob(
    name="hold-out",
    datasets=[f"{folder}/in"],
    metric_groups=[
        MetricGroup("errors", [Metric(name="rmse", type=MetricTypeEnum.NUMBER, value=0.25)])
    ],
)
card = ModelCard(
    name="sdk-card",
    status=ModelCardStatusEnum.DRAFT,
    model_overview=overview,
    training_details=details,
    intended_uses=IntendedUses("Adding", "Two numbers", risk_rating=RiskRatingEnum.LOW),
    business_details=BusinessDetails(business_problem="Sums"),
    evaluation_details=[evaluation],
    additional_information=AdditionalInformation(custom_details={"team": "sums"}),
    sagemaker_session=session,
)


def discover() -> dict[str, Any]:
    """Say what the SDK found by itself about the model and its training job."""
    found = details.training_job_details
    named = TrainingDetails.from_training_job_name(name, session).training_job_details
    return {
        "artifact": list(overview.model_artifact),
        "image": list(overview.inference_environment.container_image),
        "training": found.training_arn.rpartition("/")[2],
        "by name": named.training_arn == found.training_arn,
        "metrics": sorted(one.name for one in found.training_metrics),
        "parameters": {one.name: one.value for one in found.hyper_parameters},
    }


def keep() -> dict[str, Any]:
    """Create, update, load, list and export a card."""
    card.create()
    card.model_overview.model_description = "Adds two small numbers."
    card.update(status=ModelCardStatusEnum.PENDING_REVIEW)
    first = ModelCard.load("sdk-card", version=1, sagemaker_session=session)
    last = ModelCard.load("sdk-card", sagemaker_session=session)
    exported = last.export_pdf(f"{folder}/cards", export_job_name="sdk-export")
    pdf = S3Downloader.read_bytes(exported, sagemaker_session=session)
    jobs = card.list_export_jobs()["ModelCardExportJobSummaries"]
    return {
        "descriptions": [one.model_overview.model_description for one in (first, last)],
        "statuses": [one.status for one in (first, last)],
        "evaluation": last.evaluation_details[0].metric_groups[0].metric_data[0].value,
        "versions": sorted(
            [one["ModelCardVersion"], one["ModelCardStatus"]] for one in card.get_version_history()
        ),
        "exported": exported,
        "pdf": pdf[:5].decode(),
        "jobs": [[one["ModelCardExportJobName"], one["Status"]] for one in jobs],
    }


def keep_of_packages() -> dict[str, Any]:
    """Keep two cards of a model package: the SDK finds its details, and the last card's texts."""
    package = ModelPackage.from_model_package_arn(package_arn, session)
    business = BusinessDetails(business_problem="Sums")
    texts: list[dict[str, Any]] = [{"business_details": business}, {}]
    for number, known in enumerate(texts):
        ModelCard(
            name=f"sdk-package-{number}",
            model_package_details=package,
            sagemaker_session=session,
            **known,
        ).create()
    loaded = [
        ModelCard.load(f"sdk-package-{number}", sagemaker_session=session) for number in (0, 1)
    ]
    for one in loaded:
        one.delete()
    found = loaded[1].model_package_details
    training = loaded[1].training_details.training_job_details.training_arn
    return {
        "package": [found.model_package_group_name, found.model_package_version],
        "approval": found.model_approval_status,
        "training": training.rpartition("/")[2],
        "problems": [one.business_details.business_problem for one in loaded],
    }


def refuse() -> list[str]:
    """Say how the SDK refuses what does not go."""
    said = []
    calls: tuple[Callable[[], Any], ...] = (
        lambda: ModelOverview.from_model_name(name, session),
        lambda: ModelOverview.from_model_name("no-such-model", session),
        lambda: TrainingDetails.from_training_job_name("no-such-job", session),
    )
    for call in calls:
        try:
            call()
        except ValueError as error:
            said.append(str(error))
    return said


stories = {story.__name__: story() for story in (discover, keep, keep_of_packages, refuse)}
card.delete()
Path(file).write_text(json.dumps(stories, default=str), encoding="utf-8")

"""The page of a tuning job: its training jobs with their hyperparameters and results."""

from pathlib import Path
from typing import Any

from local_test.secret_names import MASK, looks_secret
from local_test.service.backend import Backend
from local_test.service.resources.page import Page
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.records import Record

_SHOWN = 100


def _fill(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    name = record[TUNING_JOB.name_field]
    listed = backend.aws.client(
        "sagemaker", region
    ).list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="CreationTime", MaxResults=_SHOWN
    )
    jobs = [_describe(summary) for summary in listed["TrainingJobSummaries"]]
    best = record.get("BestTrainingJob") or {}
    return {
        "region": region,
        "best": best.get("TrainingJobName", ""),
        "jobs": jobs,
        "names": list(dict.fromkeys(name for job in jobs for name in job["hyperparameters"])),
    }


def _describe(summary: Record) -> dict[str, Any]:
    metric = summary.get("FinalHyperParameterTuningJobObjectiveMetric")
    return {
        "name": summary["TrainingJobName"],
        "status": summary["TrainingJobStatus"],
        "value": "" if metric is None else f"{metric['Value']:.6g}",
        "hyperparameters": {
            name: MASK if looks_secret(name) else value
            for name, value in summary.get("TunedHyperParameters", {}).items()
        },
    }


TUNING_PAGE = Page(TUNING_JOB, Path(__file__).with_name("tuning.html.jinja"), _fill)

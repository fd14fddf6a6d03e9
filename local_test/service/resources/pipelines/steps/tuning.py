"""Steps that are a hyperparameter tuning job: their properties rank the training jobs."""

from typing import Any

from local_test.service.resources.pipelines.steps.job_step import JobStep


def _rank_training_jobs(client: Any, name: str) -> dict[str, Any]:
    """Return the training jobs of a tuning job, the best first."""
    response = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", MaxResults=100
    )
    config = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    goal = config["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["Type"]
    summaries: list[dict[str, Any]] = response["TrainingJobSummaries"]
    return {"TrainingJobSummaries": summaries[::-1] if goal == "Maximize" else summaries}


TUNING = JobStep(
    "hyper_parameter_tuning_job",
    "HyperParameterTuningJob",
    "TuningJob",
    max_name_length=32,
    describe_more=_rank_training_jobs,
)

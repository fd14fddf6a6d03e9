"""The resource type of hyperparameter tuning jobs."""

from local_test.service.api.resource_type import ResourceType

TUNING_JOB = ResourceType(
    "HyperParameterTuningJob",
    "hyper-parameter-tuning-job",
    "HyperParameterTuningJobSummaries",
    "hyperparameter tuning job",
    is_job=True,
    shown=True,
    default_order="Ascending",
)

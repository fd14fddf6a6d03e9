"""The resource type of hyperparameter tuning jobs."""

from local_test.service.api.resource_type import Resource

TUNING_JOB = Resource(
    "HyperParameterTuningJob",
    "hyper-parameter-tuning-job",
    "HyperParameterTuningJobSummaries",
    "hyperparameter tuning job",
    job=True,
    order="Ascending",
)

"""The resource type of training jobs."""

from local_test.service.api.resource_type import Resource
from local_test.service.resources.training.status_history import record_failure

TRAINING_JOB = Resource(
    "TrainingJob",
    "training-job",
    "TrainingJobSummaries",
    "training job",
    job=True,
    order="Ascending",
    on_failure=record_failure,
)

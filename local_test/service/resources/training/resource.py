"""The resource type of training jobs."""

from local_test.service.api.resource_type import ResourceType
from local_test.service.resources.training.status_history import record_failure

TRAINING_JOB = ResourceType(
    "TrainingJob",
    "training-job",
    "TrainingJobSummaries",
    "training job",
    is_job=True,
    shown=True,
    default_order="Ascending",
    on_failure=record_failure,
)

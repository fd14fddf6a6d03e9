"""The resource type of processing jobs."""

from local_test.service.api.resource_type import ResourceType

PROCESSING_JOB = ResourceType(
    "ProcessingJob",
    "processing-job",
    "ProcessingJobSummaries",
    "processing job",
    is_job=True,
    shown=True,
    default_order="Ascending",
)

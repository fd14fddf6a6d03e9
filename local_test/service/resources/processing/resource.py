"""The resource type of processing jobs."""

from local_test.service.api.resource_type import Resource

PROCESSING_JOB = Resource(
    "ProcessingJob",
    "processing-job",
    "ProcessingJobSummaries",
    "processing job",
    job=True,
    order="Ascending",
)

"""The resource type of batch transform jobs."""

from local_test.service.api.resource_type import ResourceType

TRANSFORM_JOB = ResourceType(
    "TransformJob",
    "transform-job",
    "TransformJobSummaries",
    "transform job",
    is_job=True,
    shown=True,
)
